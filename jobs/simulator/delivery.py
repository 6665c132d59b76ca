"""The ground truth of a simulation: what it wrote, and the result that a correct pipeline must reach."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SourceDelivery:
    """What was written for one source.

    Attributes:
        files: files, with empty and copied ones.
        bytes: size of all files, as stored.
        objects: objects in all files, with malformed, repeated and copied ones.
        empty_files: files without an object.
        copied_files: files that are copies of another one, under another name.
        copied_objects: objects in the copied files.
        late: records delivered only in a later file.
        redelivered: records delivered a second time, in a later file.
        varied: records written in an unusual but valid form.
        malformed: objects that cannot be accepted, by reason.
    """

    files: int
    bytes: int
    objects: int
    empty_files: int
    copied_files: int
    copied_objects: int
    late: int
    redelivered: int
    varied: int
    malformed: dict[str, int]

    @property
    def acceptable(self) -> int:
        """Records to land if each file content is read once."""
        return self.objects - self.copied_objects - sum(self.malformed.values())

    @property
    def distinct(self) -> int:
        """Acceptable records, redelivered ones counted once."""
        return self.acceptable - self.redelivered


@dataclass(frozen=True)
class Delivery:
    """What was written, and its ground truth.

    Attributes:
        sources: customer, accelerometer and step_trainer.
        customers: all of them.
        consented: customers whose latest record agrees to share with research.
        consented_midway: those of the consented whose consent begins after their first reading, by their first record.
        consented_later: those of the consented who agreed in a second record.
        withdrawn: customers who agreed at first and not in their latest record.
        usable_accelerometer: distinct accelerometer readings of consented customers, from their consent on.
        usable_step_trainer: the same for step trainer readings.
        later_from: files named with this number (epoch ms) or above are the later ones.
    """

    sources: dict[str, SourceDelivery]
    customers: int
    consented: int
    consented_midway: int
    consented_later: int
    withdrawn: int
    usable_accelerometer: int
    usable_step_trainer: int
    later_from: int

    @property
    def files(self) -> int:
        """Files of all sources."""
        return sum(source.files for source in self.sources.values())

    @property
    def bytes(self) -> int:
        """Bytes of all sources, as stored."""
        return sum(source.bytes for source in self.sources.values())
