"""`python -m sampling draw | replay | allocate | size`: sampling without the application."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from sampling import files, size
from sampling.allocation.allocate import allocate
from sampling.coordination import overlap
from sampling.draw import Draw, draw
from sampling.eligible import prepare
from sampling.errors import RefusalError, SamplingError
from sampling.frame import check_frame
from sampling.plan import Plan, load_plan
from sampling.replay import first_difference, summary_plan
from sampling.selection import joint_of_sample


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(2, f"error: command line: {self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 (replay differs), 2 (bad input) or 3 (refusal)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except SamplingError as exc:
        path = getattr(options, exc.source, None) or getattr(options, "summary", "command line")
        _say(f"error: {path}: {exc}")
        return 3 if isinstance(exc, RefusalError) else 2
    except files.FileError as exc:
        _say(f"error: {exc}")
        return 2


def _say(line: str) -> None:
    print(" ".join(line.split()), file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m sampling", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    for run, text, names in (
        (_draw, "draw a sample", ("frame", "plan", "seed", "out")),
        (_replay, "repeat a draw and compare", ("frame", "summary", "sample")),
        (_allocate, "sample sizes by stratum", ("frame", "plan", "out")),
    ):
        command = commands.add_parser(run.__name__[1:], help=text)
        command.set_defaults(run=run)
        for name in names:
            command.add_argument(f"--{name}", required=True)
        if run is _draw:
            command.add_argument("--summary")
            command.add_argument("--history-out", help="one row per person, for the contact rule of later waves")
            command.add_argument("--joint", help="joint probabilities of the first-stage units drawn, as JSON")
            command.add_argument("--invited-on", default="", help="ISO date written into --history-out")
        if run is _allocate:
            command.add_argument("--seed", default="", help="for plans with `person`")
    command = commands.add_parser("overlap", help="persons that samples of different waves have in common")
    command.set_defaults(run=_overlap)
    command.add_argument("--key", required=True, help="column of the person's pseudonym")
    command.add_argument("samples", nargs="+", metavar="SAMPLE")
    _add_size(commands.add_parser("size", help="how many people to ask"))
    return parser


def _add_size(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_size)
    command.add_argument("--margin", type=float, help="half-width wanted, of a proportion or of a mean with --sd")
    command.add_argument("--sd", type=float, help="standard deviation: the size for a mean")
    command.add_argument("--p2", type=float, help="second proportion: the size in each of two groups")
    command.add_argument("--power", type=float, default=0.8, help="of the comparison of --p and --p2")
    command.add_argument("--level", type=float, default=0.95)
    command.add_argument("--p", type=float, default=0.5)
    command.add_argument("--population", type=int)
    command.add_argument("--deff", type=float, default=1.0)
    command.add_argument("--response-rate", type=float, default=1.0)


def _draw(options: argparse.Namespace) -> int:
    for table in filter(None, (options.out, options.history_out)):
        files.kind(Path(table))
    plan = load_plan(files.read_json(options.plan))
    made = draw(files.read_table(options.frame), plan, options.seed, history=_history(plan, options, options.plan))
    outputs: list[tuple[str, Callable[[Path], None]]] = [
        (options.out, lambda path: files.write_table(path, made.sample))
    ]
    if options.summary:
        outputs.append((options.summary, lambda path: files.write_json(path, made.summary)))
    if options.joint:
        joint = _joint(made, plan)
        outputs.append((options.joint, lambda path: files.write_json(path, joint)))
    if options.history_out:
        past = made.history.assign(invited_on=options.invited_on)
        outputs.append((options.history_out, lambda path: files.write_table(path, past)))
    with files.whole([name for name, _ in outputs], inputs=_inputs(options)) as paths:
        for path, (_, write) in zip(paths, outputs, strict=True):
            write(path)
    return 0


def _inputs(options: argparse.Namespace) -> list[str]:
    return [name for name in (options.frame, options.plan, getattr(options, "history", None)) if name]


def _joint(made: Draw, plan: Plan) -> dict[str, object]:
    """What `pps.joint` of a DESIGN.json holds; `stage1_probability` of the sample goes with it."""
    if plan.reserve.release < plan.reserve.replicates or "history_sha256" in made.summary:
        raise RefusalError("reserve", "joint probabilities need all replicates released and no contact history")
    first = made.first_stage
    values = joint_of_sample(plan.stages[0].method, first.probability, first.group, first.position, first.taken)
    return {"units": first.label[first.taken].tolist(), "values": values.tolist()}


def _history(plan: Plan, options: argparse.Namespace, beside: str) -> pd.DataFrame | None:
    """The plan's history file, found from here or from the folder of the plan."""
    if plan.coordinate is None or plan.coordinate.history is None:
        return None
    here = Path(plan.coordinate.history)
    options.history = here if here.is_file() else Path(beside).parent / here
    return files.read_table(options.history)


def _replay(options: argparse.Namespace) -> int:
    summary = files.read_json(options.summary)
    plan = summary_plan(summary)
    difference = first_difference(
        files.read_table(options.frame),
        summary,
        files.read_table(options.sample),
        history=_history(plan, options, options.summary),
        tolerance=1e-14 if options.sample.lower().endswith(".xlsx") else 0.0,
    )
    if difference:
        print(difference)
        return 1
    return 0


def _allocate(options: argparse.Namespace) -> int:
    plan = load_plan(files.read_json(options.plan))
    if plan.allocation is None:
        raise SamplingError("allocation", "is missing: the plan draws in stages")
    frame = check_frame(files.read_table(options.frame), plan)
    eligible = prepare(frame, plan, options.seed, _history(plan, options, options.plan)).frame
    sizes = allocate(eligible, plan.allocation, plan.strata).tolist()
    table = zip(eligible.strata, eligible.counts().tolist(), sizes, strict=True)
    with files.whole([options.out], inputs=_inputs(options)) as paths:
        files.write_json(
            paths[0],
            {
                "method": plan.allocation.method,
                "frame_sha256": frame.sha256,
                "n": sum(sizes),
                "n_by": dict(zip(eligible.strata, sizes, strict=True)),
                "strata": {key: {"N": N, "n": n} for key, N, n in table},
            },
        )
    return 0


def _overlap(options: argparse.Namespace) -> int:
    options.frame = options.samples[0]
    waves = {path: files.read_table(path) for path in options.samples}
    print(overlap(waves, options.key).to_json(orient="records", indent=1, force_ascii=False))
    return 0


def _size(options: argparse.Namespace) -> int:
    try:
        given, found = _sized(options)
    except ValueError as exc:
        raise SamplingError("size", str(exc)) from exc
    print(json.dumps(given | asdict(found) | _slovin(options), indent=1))
    return 0


def _sized(options: argparse.Namespace) -> tuple[dict[str, float], size.Size]:
    """What the size depends on, and the size: of a comparison, a mean or a proportion."""
    common = {name: getattr(options, name) for name in ("level", "deff", "response_rate")}
    if options.p2 is not None:
        given = common | {"power": options.power}
        return {"p": options.p, "p2": options.p2} | given, size.difference(options.p, options.p2, **given)
    if options.margin is None:
        raise ValueError("`margin` must be given")
    common["population"] = options.population
    if options.sd is not None:
        return {"margin": options.margin, "sd": options.sd} | common, size.mean(
            options.margin, options.sd, **common
        )
    given = common | {"p": options.p}
    return {"margin": options.margin} | given, size.proportion(options.margin, **given)


def _slovin(options: argparse.Namespace) -> dict[str, object]:
    """What officers are taught, beside the right answer, where it applies."""
    if options.population is None or options.sd is not None or options.p2 is not None:
        return {}
    return {"slovin": size.slovin(options.population, options.margin), "slovin_note": size.SLOVIN_NOTE}


if __name__ == "__main__":
    sys.exit(main())
