"""Looking at what would be copied: which records, and what becomes of each in a target. Nothing is written."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from tenantaccess.errors import NotFoundError
from tenantaccess.ids import ReferenceSetKey, TenantId
from tenantaccess.model.catalog import Catalog, ReferenceSet
from tenantaccess.model.copying import SAMPLE_LIMIT, Comparison, Sample, Selection, Verdict
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.ports.storage import Unit
from tenantaccess.rules import copying
from tenantaccess.rules.copying import Judged

BATCH: Final = 1_000
"""How many records are read and written at once where each is looked at."""


@attrs.frozen
class Survey:
    """
    What may be looked at of one copy.

    Args:
        unit: Where it is read.
        catalog: The declared sets.
        source: Where from.
        sets: Which sets, in order.
        selection: Which records.
    """

    unit: Unit
    catalog: Catalog
    source: TenantId
    sets: Sequence[ReferenceSet]
    selection: Selection

    def compare(self, target: TenantId, declared: ReferenceSet) -> Comparison:
        """Return what copying *declared* to *target* would do; within the store where it can, else by each record."""
        if self.unit.slices is not None and copying.is_set_based(declared, self.selection):
            return self.unit.slices.compare(self.source, target, declared.key)
        counts = dict.fromkeys(Verdict, 0)
        samples: dict[str, tuple[Sample, ...]] = {}
        for found in self._batches(target, declared):
            for one in found:
                counts[one.verdict] += 1
                if counts[one.verdict] <= SAMPLE_LIMIT:
                    samples[one.verdict.value] = (*samples.get(one.verdict.value, ()), _sample(one))
        return Comparison(
            target, declared.key, samples=samples, **{verdict.value: count for verdict, count in counts.items()}
        )

    def _batches(self, target: TenantId, declared: ReferenceSet) -> Iterator[list[Judged]]:
        after, is_last = "", False
        while not is_last:
            records, after, is_last = self.selected(declared, after, BATCH)
            needed = copying.needed_by(declared, records)
            present = {name: self._arriving(target, name, keys) for name, keys in needed.items()}
            yield self.judged(target, declared, records, present)

    def selected(self, declared: ReferenceSet, after: str, limit: int) -> tuple[Sequence[ReferenceRecord], str, bool]:
        """Return up to *limit* of what is to be copied, behind *after*; how far that is; and whether it is the end."""
        named = self.selection.keys.get(declared.key)
        if named is None:
            records = self.unit.records.page(self.source, declared.key, after, limit)
            return records, records[-1].key if records else after, len(records) < limit
        keys = sorted(named)
        first = bisect_right(keys, after)
        taken = keys[first : first + limit]
        records = self.unit.records.find(self.source, declared.key, taken)
        return records, taken[-1] if taken else after, first + limit >= len(keys)

    def judged(
        self,
        target: TenantId,
        declared: ReferenceSet,
        records: Sequence[ReferenceRecord],
        present: Mapping[ReferenceSetKey, set[str]],
    ) -> list[Judged]:
        """Return *records*, which are in order, with what becomes of each in *target*."""
        there = {record.key: record for record in self._met(target, declared.key, records)}
        return [copying.judged(declared, record, there.get(record.key), present) for record in records]

    def _met(
        self, target: TenantId, name: ReferenceSetKey, records: Sequence[ReferenceRecord]
    ) -> Sequence[ReferenceRecord]:
        """Return what *target* has under the keys of *records*; nothing if it has none from there on."""
        if not records:
            return ()
        first, last = records[0].key, records[-1].key
        keys = [record.key for record in records]
        # A text sorts behind every beginning of itself, so nothing from the first key on is passed over here.
        behind = self.unit.records.page(target, name, first[:-1], 1)
        return self.unit.records.find(target, name, keys) if behind and behind[0].key <= last else ()

    def present(
        self, target: TenantId, declared: ReferenceSet, records: Sequence[ReferenceRecord]
    ) -> dict[ReferenceSetKey, set[str]]:
        """Return which of what *records* need *target* has now."""
        needed = copying.needed_by(declared, records)
        return {name: self._in_target(target, name, keys) for name, keys in needed.items()}

    def require_named(self) -> None:
        """Refuse a selection of what the source has not: it could not be copied, and nobody would be told."""
        for declared in self.sets:
            keys = sorted(self.selection.keys.get(declared.key, ()))
            for first in range(0, len(keys), BATCH):
                wanted = keys[first : first + BATCH]
                found = {record.key for record in self.unit.records.find(self.source, declared.key, wanted)}
                if len(found) < len(wanted):
                    raise NotFoundError("record", next(key for key in wanted if key not in found))

    def _in_target(self, target: TenantId, name: ReferenceSetKey, keys: set[str]) -> set[str]:
        return {record.key for record in self.unit.records.find(target, name, sorted(keys))}

    def _arriving(self, target: TenantId, name: ReferenceSetKey, keys: set[str]) -> set[str]:
        """Return which of *keys* the target has, or gets with this very copy."""
        there = self._in_target(target, name, keys)
        coming = keys - there
        declared = next((one for one in self.sets if one.key == name), None)
        if declared is None or not coming:
            return there
        coming &= self.selection.keys.get(name, coming)
        records = self.unit.records.find(self.source, name, sorted(coming))
        present = {other: self._arriving(target, other, more) for other, more in _needs(declared, records)}
        verdicts = [copying.judged(declared, record, None, present) for record in records]
        return there | {one.record.key for one in verdicts if one.verdict is Verdict.NEW}


def _needs(declared: ReferenceSet, records: Sequence[ReferenceRecord]) -> Sequence[tuple[ReferenceSetKey, set[str]]]:
    return list(copying.needed_by(declared, records).items())


def _sample(one: Judged) -> Sample:
    is_conflict = one.verdict is Verdict.CONFLICTING and one.there is not None
    return Sample(one.record.key, one.record.label, one.there.label if is_conflict and one.there else "", one.why)
