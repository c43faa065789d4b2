"""Totals from a Spark cluster of two executors in processes of their own. Authority: the same from arrays."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import pytest

from tests.analysis.engine_case import SURVEY, check_estimates, check_totals

# Ibis 12 still calls what pandas 3 deprecates; Spark leaves sockets to the garbage collector
pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyspark.*"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
CLUSTER = "local-cluster[2,1,1024]"  # executors, cores and MB of each


def spark_home(package: Path, folder: Path) -> Path:
    """Where executors find their class path, and leave their work: the package stays as it was installed."""
    folder.mkdir()
    for each in package.iterdir():
        (folder / each.name).symlink_to(each)
    return folder


@pytest.fixture(scope="module")
def spark_table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    pyspark = pytest.importorskip("pyspark", reason="Spark is not here: make spark")
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_HOME", str(spark_home(Path(pyspark.__file__).parent, folder / "home")))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        settings = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.cores.max": "2",
            "spark.scheduler.minRegisteredResourcesRatio": "1.0",  # nothing starts before both are there
            "spark.scheduler.maxRegisteredResourcesWaitingTime": "300s",
            "spark.local.dir": str(folder / "local"),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.sql.shuffle.partitions": "3",
            "spark.sql.codegen.wholeStage": "false",  # compiling sums this wide takes longer than the sums
            "spark.sql.files.maxPartitionBytes": str(SURVEY.stat().st_size // 4),  # rows on both executors
        }
        session = SparkSession.builder.master(CLUSTER).config(map=settings).getOrCreate()
        try:
            yield ibis.pyspark.connect(session).read_csv(str(SURVEY), header=True, inferSchema=True)
        finally:
            session.stop()


def test_the_work_is_done_by_executors_in_processes_of_their_own(spark_table: Any) -> None:
    context = spark_table.get_backend()._session.sparkContext
    executors = context._jsc.sc().statusTracker().getExecutorInfos()
    assert (context.master, len(executors)) == (CLUSTER, 3)  # with the driver


def test_spark_gives_the_totals_of_a_plain_group_by(spark_table: Any) -> None:
    check_totals(spark_table)


@pytest.mark.parametrize("psus", ["offices", "dossiers that weigh N/n", "dossiers of offices"])
def test_spark_gives_the_same_result_as_arrays(psus: str, spark_table: Any) -> None:
    check_estimates(spark_table, psus)
