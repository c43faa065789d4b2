"""Questionnaires, the web form's validation and everything about SMS text and phones. No Flask, no database.

instrument  load(code, version=None) -> Instrument        a shipped questionnaire; newest version by default
            from_json(dict) -> Instrument                 strict: InstrumentError says WHERE and what
            to_json(Instrument) -> dict · sha256(Instrument) -> str · shipped() -> list[(code, version)]
            Instrument: code version title languages items factors general_item complete_at partial_at
              .item(id) · .factor_items -> {"F1": ["q1", ..]} · .satisfied -> [4, 5] · .rating_items
            Item: id type label[lang] hint scale.points choices outside requirement sms; item.is_rating(value)
logic       path(instrument, answers) -> list[item id]    recomputed from the answers at each call
            split(instrument, answers) -> Split(on_path, off_path)
            completeness(instrument, answers) -> Completeness(answered, asked, share, status)
web         pages(instrument, answers, by="item" | "section") -> list[Page(key, items)]
            validate_page(instrument, item_ids, form) -> PageResult(answers, errors, cleared)
            validate(instrument, form) -> PageResult      a whole form at once, only the path counts
            pipe(text, values, lang) -> str               {service} {agency} {received_on} {completed_on}
            shown(item, value, lang, answers) -> str      an answer in words, for the check page
fields      clean_text(raw) · read(item, values) -> Value one reader per item type; raises AnswerError(key, params)
messages    say(key, lang, **params) -> str               every sentence a citizen can read
phone       normalise(raw) -> Phone(e164, kind, carrier, reason, converted) · mask(e164) -> "09xx***123"
sms_text    unaccent(text) · is_gsm7(text) · segments(text) -> Segments(encoding, units, parts)
sms         render_invitation(...) and the other outgoing texts; parse_reply(text, instrument, ...) -> Reply
xlsform     read_xlsform(file) -> Imported(instrument, warnings) · write_xlsform(instrument, file)

Answers are one dict, item id -> value: an int for likert and nps; a str (choice code, text, ISO date) or a
number; a list of codes for multiple and ranking. The words written beside "other" are kept under
`<item id>_other`. A rating is always an int, an answer outside the base ("na", "dk") always a str.
"""
