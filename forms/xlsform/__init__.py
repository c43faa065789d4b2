"""XLSForm in and out: the spreadsheet that ODK, KoboToolbox and their relatives share.

read_xlsform(file) -> Imported(instrument, warnings)    all or nothing: XlsformError lists every fault by cell
write_xlsform(instrument, file)                         what other tools ignore is kept in columns of our own

Columns of our own. survey: `soft_required`, `sms`, `low::<language>`, `high::<language>`, `max_length`;
choices: `satisfied`, `outside`, `other`, `sms`; settings: `complete_at`, `partial_at`, `general_item`,
`questionnaire_title::<language>`, `note::…`, `lead::…`. A group of nothing but scale questions is a factor.
"""

from forms.xlsform.read import Imported, read_xlsform
from forms.xlsform.sheet import XlsformError
from forms.xlsform.write import write_xlsform

__all__ = ["Imported", "XlsformError", "read_xlsform", "write_xlsform"]
