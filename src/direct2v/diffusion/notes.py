"""What is worth knowing about a combination of settings."""

from direct2v.attention import cut
from direct2v.diffusion.layout import layout_indices
from direct2v.settings import RenderSettings
from direct2v.strategies import bind, never_read

__all__ = ["notes_on"]


def notes_on(settings: RenderSettings, num_frames: int) -> tuple[str, ...]:
    """One line for each thing that one might not expect of ``num_frames`` frames."""
    num_steps = settings.num_inference_steps
    notes = []
    if indices := layout_indices(settings):
        num_steps = indices.t1 + 1
    elif settings.layout == "on":
        notes.append(f"{num_steps} steps are too few for a layout phase, so there was none")
    if settings.strategy == "rotational" and num_frames > 1:
        unread = never_read(bind(settings), num_steps, num_frames)
        if unread:
            frames = ", ".join(str(frame + 1) for frame in unread)
            notes.append(f"in {num_steps} steps no other frame reads these: {frames}; more steps change that")
    size = settings.chunk_size
    if size is not None and size < num_frames:
        most = _largest_batch(settings, num_steps, num_frames)
        if most > size:
            notes.append(
                f"under strategy {settings.strategy!r} up to {most} frames read each other in a circle; they "
                f"were computed together in spite of chunk_size {size}"
            )
    return tuple(notes)


def _largest_batch(settings: RenderSettings, num_steps: int, num_frames: int) -> int:
    strategy = bind(settings)
    readings = {strategy(step_index, num_frames, num_steps) for step_index in range(num_steps)}
    return max(len(chunk.frames) for reading in readings for chunk in cut(reading, settings.chunk_size))
