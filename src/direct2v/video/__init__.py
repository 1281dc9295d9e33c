"""From frames to files: the video, the contact sheet and the run folder that says how they were made."""

from direct2v.video.base import BaseRun
from direct2v.video.checks import check_output
from direct2v.video.encode import encode
from direct2v.video.frames import as_pixels
from direct2v.video.grid import Row, grid_frames, grid_sheet
from direct2v.video.publish import publish, staging
from direct2v.video.read import read_frames
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
from direct2v.video.target import EXTENSIONS, FOLDER, find_target
from direct2v.video.timing import DEFAULT_FPS, Hold, check_playback, check_times, parse_hold, resolve_hold

__all__ = [
    "DEFAULT_FPS",
    "EXTENSIONS",
    "FOLDER",
    "BaseRun",
    "Hold",
    "ModelRecord",
    "Redraw",
    "RedrawnFrame",
    "Row",
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
    "grid_frames",
    "grid_sheet",
    "load_source",
    "parse_hold",
    "plan_redraw",
    "publish",
    "read_frames",
    "resolve_hold",
    "save_run",
    "staging",
    "video_record",
]
