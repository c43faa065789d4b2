"""What comes in from the one-stop software: agencies and dossiers."""

from survey.services.intake.agencies import import_agencies
from survey.services.intake.columns import ColumnMap, read_map
from survey.services.intake.dossiers import import_dossiers
from survey.services.intake.report import ImportReport, Rejection

__all__ = ["ColumnMap", "ImportReport", "Rejection", "import_agencies", "import_dossiers", "read_map"]
