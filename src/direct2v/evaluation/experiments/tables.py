"""Tidy Parquet: one row for each metric of each cell."""

from collections.abc import Iterable
from pathlib import Path

from direct2v.evaluation.experiments.journal import Row
from direct2v.evaluation.experiments.plan import Experiment
from direct2v.evaluation.extra import evaluation_library
from direct2v.files import replacing

__all__ = ["write_parquet"]


def write_parquet(path: Path, experiment: Experiment, rows: Iterable[Row]) -> None:
    """Columns: experiment, factor, setting, split, story, seed, metric, value, seconds (of the whole cell).

    Raises:
        MissingExtraError: without the extra "evaluation".
        OutputError: it cannot be written.
    """
    arrow, parquet = evaluation_library("pyarrow"), evaluation_library("pyarrow.parquet")
    records = [
        {
            "experiment": experiment.name,
            "factor": experiment.setting(row.cell.setting).factor,
            "setting": row.cell.setting,
            "split": row.cell.split,
            "story": row.cell.story,
            "seed": row.cell.seed,
            "metric": metric,
            "value": value,
            "seconds": row.seconds,
        }
        for row in sorted(rows, key=lambda row: row.cell)
        for metric, value in row.metrics.items()
    ]
    with replacing(path) as temporary:
        parquet.write_table(arrow.Table.from_pylist(records), temporary)
