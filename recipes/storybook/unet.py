"""Trains the denoiser of the storybook model, and the text encoder with it.

A stock UNet2DConditionModel with self-attention at 16x16, 8x8 and 4x4, so that value mapping and filtering
have tokens to act on. v-prediction, scaled-linear betas rescaled to zero terminal SNR, trailing timesteps.
Scenes are encoded once; their captions are drawn anew at each visit.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from common import Team, draw, launch, parser, pictures, report, signed
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from PIL import Image
from reader import agreement, read
from text_encoder import caption, encode
from torch import Tensor
from torch.nn import functional as F
from training import Optimizer, Training, save_whole, split_parameters
from transformers import CLIPTextModel, CLIPTokenizer

from direct2v.storybook.reader import load_reader
from direct2v.storybook.world.captions import canonical, paraphrase
from direct2v.storybook.world.heldout import is_heldout_text
from direct2v.storybook.world.render import render, subject_masks
from direct2v.storybook.world.scene import Scene

CAPTION_DROP = 0.10
SUBJECT_WEIGHT = 4.0
"""Of a subject that shows as well as most do."""
PAIRS = 0.3
"""Share of the scenes that are drawn until they have two subjects, which are the hardest."""
SHOWS_WELL = 3.1
"""Contrast of a subject with what is behind it, in 0..1, times the root of its pixels: the median."""
LOOSE = 0.3
"""Share of the captions that are put in another order, and of those with a word that means nothing."""


def build() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=(64, 128, 192),
        down_block_types=("CrossAttnDownBlock2D",) * 3,
        up_block_types=("CrossAttnUpBlock2D",) * 3,
        mid_block_type="UNetMidBlock2DCrossAttn",
        attention_head_dim=(2, 4, 6),  # the number of heads, in spite of the name: 32 channels each
        cross_attention_dim=128,
        norm_num_groups=16,
    )


def scheduler() -> DDIMScheduler:
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        steps_offset=1,
        clip_sample=False,
        set_alpha_to_one=True,
    )


def training_scenes(rng: random.Random, count: int) -> list[Scene]:
    """Scenes of the training's split, more of them with two subjects than the world has."""
    scenes = []
    for scene in draw(rng, count):
        while len(scene.subjects) < 2 and rng.random() < PAIRS:
            scene = draw(rng, 1)[0]
        scenes.append(scene)
    return scenes


def training_caption(scene: Scene, rng: random.Random) -> str:
    """A caption that now and then has its parts in another order, or a made-up word among them.

    What is said counts, not the order: wordings that it never saw say the same. No text of the held-out
    split comes out.
    """
    text = caption(scene, rng)[0]
    parts = text.split(", ")
    if rng.random() < LOOSE:
        rng.shuffle(parts)
    if rng.random() < LOOSE:
        word = "".join(rng.choice("aeioubdfgklmnprstvz") for _ in range(rng.randint(3, 7)))
        parts.insert(rng.randint(0, len(parts)), word)
    loose = ", ".join(parts)
    return text if is_heldout_text(loose) else loose


def subject_weights(scenes: list[Scene]) -> Tensor:
    """[B, 1, 64, 64]: what each pixel of a subject counts; more where the subject is small or hardly shows.

    How it shows is measured by drawing the scene without it.
    """
    out = np.zeros((len(scenes), 1, 64, 64), np.float32)
    for weights, scene in zip(out, scenes, strict=True):
        shown = render(scene).astype(np.float32)
        for subject, mask in zip(scene.subjects, subject_masks(scene), strict=True):
            others = tuple(other for other in scene.subjects if other is not subject)
            without = render(replace(scene, subjects=others, zoom="wide")).astype(np.float32)
            contrast = np.abs(shown - without).mean(-1)[mask].mean() / 255
            shows = contrast * mask.sum() ** 0.5
            weights[0][mask] = SUBJECT_WEIGHT * np.clip(SHOWS_WELL / shows, 0.75, 2.5)
    return torch.from_numpy(out)


@torch.no_grad()
def encoded(vae: AutoencoderKL, scenes: list[Scene], path: Path, seed: str) -> tuple[Tensor, Tensor]:
    """(latents [n, 4, 16, 16], loss weights [n, 1, 16, 16]: more where the subjects are); kept in a file."""
    rng = random.Random(seed)
    mark = hashlib.sha256("\n".join(map(canonical, scenes)).encode())
    mark.update(subject_weights(scenes[:64]).numpy().tobytes())
    mark.update(pictures(scenes[:64], random.Random(0)).numpy().tobytes())
    mark.update(vae.encoder.conv_in.weight.cpu().numpy().tobytes())
    kept = torch.load(path, weights_only=True) if path.exists() else None
    if kept is None or kept["mark"] != mark.hexdigest():
        latents, weights = [], []
        for start in range(0, len(scenes), 64):
            part = scenes[start : start + 64]
            real = signed(pictures(part, rng).to(vae.device)).contiguous(memory_format=torch.channels_last)
            latents.append(vae.encode(real).latent_dist.mode().cpu().half())
            weights.append(1 + F.max_pool2d(subject_weights(part), 4).half())
        kept = {"mark": mark.hexdigest(), "latents": torch.cat(latents), "weights": torch.cat(weights)}
        save_whole(path, kept)
    return kept["latents"].to(vae.device), kept["weights"].to(vae.device)


def draw_timesteps(count: int, device: str) -> Tensor:
    """Biased to high noise, where layout and content are decided."""
    return (999 * (1 - torch.rand(count, device=device) ** 1.5)).round().long()


class Look:
    """Samples for held-out captions, read by the reader and written as a picture."""

    def __init__(self, tokenizer: CLIPTokenizer, vae: AutoencoderKL, work: Path, count: int = 64) -> None:
        rng = random.Random("unet look")
        self.scenes = draw(rng, count, "heldout")
        captions = [paraphrase(scene, rng, "heldout") for scene in self.scenes]
        self.stated = [stated for _, stated in captions]
        self.ids = encode(tokenizer, [""] * count + [text for text, _ in captions])
        self.vae, self.work = vae, work
        read_with = work / "reader.safetensors"
        self.reader = load_reader(read_with) if read_with.exists() else None

    def __call__(
        self, unet: UNet2DConditionModel, text: CLIPTextModel, steps: int = 12, guidance: float = 2.5
    ) -> dict[str, float]:
        """Draws every caption with DDIM; what the reader makes of the pictures."""
        device, count, rule = unet.device, len(self.scenes), scheduler()
        rule.set_timesteps(steps)
        states = text(self.ids.to(device)).last_hidden_state
        latents = torch.randn(count, 4, 16, 16, generator=torch.Generator().manual_seed(0)).to(device)
        for step in rule.timesteps:
            plain, told = unet(torch.cat([latents, latents]), step, states).sample.chunk(2)
            latents = rule.step(plain + guidance * (told - plain), step, latents).prev_sample
        made = self.vae.decode(latents).sample.clamp(-1, 1).cpu()
        tiles = made.unflatten(0, (-1, 8)).permute(0, 3, 1, 4, 2).flatten(2, 3).flatten(0, 1)
        sheet = Image.fromarray(((tiles + 1) * 127.5).round().byte().numpy())
        sheet.resize((sheet.width * 3, sheet.height * 3), Image.Resampling.NEAREST).save(
            self.work / "look.png"
        )
        return agreement(read(self.reader, made), self.scenes, self.stated) if self.reader else {}


def train(team: Team, args: argparse.Namespace) -> None:
    tokenizer = CLIPTokenizer.from_pretrained(args.work / "tokenizer")
    text = CLIPTextModel.from_pretrained(args.work / "text_encoder_pretrained", dtype=torch.float32)
    text = text.to(args.device).train()
    vae = AutoencoderKL.from_pretrained(args.work / "vae").to(args.device).eval()
    unet = build().to(args.device, memory_format=torch.channels_last)
    if args.device == "cpu":  # where its backward is faster than that of scaled_dot_product_attention
        unet.set_attn_processor(AttnProcessor())
    matrices, rest = split_parameters(unet, ("conv_in", "conv_out"))
    groups = [{"params": rest, "lr": 1e-3}, {"params": list(text.parameters()), "lr": 5e-4}]
    optimizer = Optimizer(team, matrices, groups, muon_rate=0.02)
    parts = {"unet": unet, "text": text}
    training = Training(team, args, "unet", parts, optimizer, cool_from=0.75)
    name = f"unet scenes {args.seed} {team.rank}"
    scenes = training_scenes(random.Random(name), args.scenes)
    latents, weights = encoded(vae, scenes, args.work / f"latents{team.rank}.pt", name)
    samples_of = Look(tokenizer, vae, args.work)

    def make(rng: random.Random) -> tuple[Tensor, Tensor]:
        chosen = [rng.randrange(len(scenes)) for _ in range(args.batch)]
        told = ["" if rng.random() < CAPTION_DROP else training_caption(scenes[i], rng) for i in chosen]
        return torch.tensor(chosen), encode(tokenizer, told)

    def look() -> None:
        unet.save_pretrained(args.work / "unet")
        text.save_pretrained(args.work / "text_encoder")
        report("held-out captions", samples_of(unet, text))

    noise_schedule = scheduler()
    for chosen, ids in training.batches(make, look):
        clean = latents[chosen].float()
        noise, timesteps = torch.randn_like(clean), draw_timesteps(len(clean), args.device)
        noisy = noise_schedule.add_noise(clean, noise, timesteps)
        wanted = noise_schedule.get_velocity(clean, noise, timesteps)
        # fp32 on a CPU: without bf16 tile units autocast is slower there.
        with torch.autocast(args.device, torch.bfloat16, enabled=args.device == "cuda"):
            states = text(ids.to(args.device)).last_hidden_state
            made = unet(noisy.contiguous(memory_format=torch.channels_last), timesteps, states).sample
        training.learn((weights[chosen] * (made.float() - wanted) ** 2).mean())


if __name__ == "__main__":
    options = parser(__doc__, minutes=190, batch=32)
    options.add_argument("--scenes", type=int, default=30_000, help="pictures a process, encoded once")
    launch(train, options.parse_args())
