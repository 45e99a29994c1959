"""This module owns the promises of `analytics build --engine spark` that hold without Spark."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from running import ROOT, environment

from analytics.config import AnalyticsSettings
from analytics.spark.command import _asked
from analytics.spark.errors import SparkError, first_line, require

HAS_SPARK = importlib.util.find_spec("pyspark") is not None


@pytest.mark.skipif(HAS_SPARK, reason="pyspark is installed here")
def test_without_the_extra_one_sentence_says_how_to_get_it(tmp_path: Path):
    (tmp_path / "whichad.toml").write_text('[senders.shop]\nsecrets = ["unused-but-long-enough"]\n', encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "whichad",
        "analytics",
        "build",
        "--engine",
        "spark",
        "--config",
        str(tmp_path / "whichad.toml"),
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert done.stderr.strip().endswith("pip install 'whichad[spark]'") and "pyspark" in done.stderr
    with pytest.raises(SparkError, match="pyspark"):
        require()
    assert not (tmp_path / "data").exists()


def test_without_options_it_reads_and_writes_in_the_data_folder(tmp_path: Path):
    asked = _asked(AnalyticsSettings(data_dir=tmp_path), None, None, "local[*]", ["spark.executor.memory=4g", "a=b=c"])
    assert asked.archive == (tmp_path / "archive" / "current").as_uri()
    assert asked.out == tmp_path / "spark"
    assert asked.cluster.settings == {"spark.executor.memory": "4g", "a": "b=c"}


def test_an_url_is_left_as_it_is(tmp_path: Path):
    asked = _asked(
        AnalyticsSettings(data_dir=tmp_path), "s3a://ads/archive/current", tmp_path / "o", "spark://h:7077", []
    )
    assert (asked.archive, asked.out, asked.cluster.master) == (
        "s3a://ads/archive/current",
        tmp_path / "o",
        "spark://h:7077",
    )


@pytest.mark.parametrize("wrong", ["spark.executor.memory", "=4g", ""])
def test_a_setting_without_a_value_is_refused(tmp_path: Path, wrong: str):
    with pytest.raises(SparkError, match="--conf takes NAME=VALUE"):
        _asked(AnalyticsSettings(data_dir=tmp_path), None, None, "local[*]", [wrong])


def test_of_what_spark_says_the_first_line_is_told():
    assert first_line(ValueError("\n  [PATH_NOT_FOUND] Path does not exist: x.\n  at org.apache")) == (
        "[PATH_NOT_FOUND] Path does not exist: x"
    )
    assert first_line(ValueError()) == "ValueError"
