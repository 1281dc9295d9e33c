"""The public face of the package: its names, what importing it costs, what it must never bring along."""

import subprocess
import sys
from importlib import metadata

import pytest

import direct2v

HEAVY = {"torch", "diffusers", "transformers", "pydantic_ai", "llguidance"}


def test_every_public_name_is_there() -> None:
    assert set(direct2v.__all__) == {
        "PACES",
        "PRESETS",
        "CameraMove",
        "Comparison",
        "DirecT2V",
        "Direct2VError",
        "Evaluation",
        "FramePrompt",
        "RenderSettings",
        "Rendering",
        "Storyboard",
        "__version__",
        "attach",
        "compare",
        "direct",
        "evaluate",
        "generate",
    }
    for name in direct2v.__all__:
        assert getattr(direct2v, name) is not None
    assert set(dir(direct2v)) == set(direct2v.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        direct2v.nothing  # noqa: B018


def test_the_version_is_that_of_the_installation() -> None:
    assert direct2v.__version__ == metadata.version("direct2v")


@pytest.mark.parametrize(
    "code",
    [
        "import direct2v",
        "from direct2v import Storyboard, RenderSettings, PACES, PRESETS, CameraMove, FramePrompt",
        "from direct2v import Direct2VError",
        "import direct2v.cli.entry",
        "import direct2v.cli.commands",
    ],
)
def test_values_and_command_line_import_no_torch(code: str) -> None:
    probe = f"{code}\nimport sys\nprint(sorted({HEAVY} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_torchvision_and_no_cuda_stack_is_installed() -> None:
    names = {(dist.metadata["Name"] or "").lower() for dist in metadata.distributions()}
    assert "torchvision" not in names  # beside a torch it does not match it breaks diffusers' pipelines
    required = [requirement.lower() for requirement in metadata.requires("direct2v") or []]
    assert not [r for r in required if r.startswith(("torchvision", "nvidia", "cuda", "triton"))]
