"""From frames to files: the video, the contact sheet and the run folder that says how they were made."""

from direct2v.video.base import BaseRun
from direct2v.video.checks import check_output
from direct2v.video.encode import encode
from direct2v.video.frames import as_pixels
from direct2v.video.record import (
    ModelRecord,
    RedrawnFrame,
    RunRecord,
    VideoRecord,
    as_preset,
    load_source,
)
from direct2v.video.redraw import Redraw, plan_redraw
from direct2v.video.run import Run, video_record
from direct2v.video.run_folder import Saved, save_run
from direct2v.video.sheet import contact_sheet
from direct2v.video.smooth import SmoothBy, check_smooth
from direct2v.video.target import EXTENSIONS, find_target
from direct2v.video.timing import DEFAULT_FPS, Hold, check_playback, check_times, parse_hold, resolve_hold

__all__ = [
    "DEFAULT_FPS",
    "EXTENSIONS",
    "BaseRun",
    "Hold",
    "ModelRecord",
    "Redraw",
    "RedrawnFrame",
    "Run",
    "RunRecord",
    "Saved",
    "SmoothBy",
    "VideoRecord",
    "as_pixels",
    "as_preset",
    "check_output",
    "check_playback",
    "check_smooth",
    "check_times",
    "contact_sheet",
    "encode",
    "find_target",
    "load_source",
    "parse_hold",
    "plan_redraw",
    "resolve_hold",
    "save_run",
    "video_record",
]
