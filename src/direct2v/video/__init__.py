"""From frames to files: the video, the contact sheet and the run folder that says how they were made."""

from direct2v.video.encode import DEFAULT_FPS, EXTENSIONS, check_extension, check_playback, encode
from direct2v.video.record import ModelRecord, RunRecord, VideoRecord, load_source, weights_sha256
from direct2v.video.run_folder import Saved, check_output, save_run
from direct2v.video.sheet import contact_sheet

__all__ = [
    "DEFAULT_FPS",
    "EXTENSIONS",
    "ModelRecord",
    "RunRecord",
    "Saved",
    "VideoRecord",
    "check_extension",
    "check_output",
    "check_playback",
    "contact_sheet",
    "encode",
    "load_source",
    "save_run",
    "weights_sha256",
]
