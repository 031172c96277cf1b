"""The parameters of measures over inventories and observations: forms with many items, filled in by raters."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from fidelity_engine.model.measure import EventParameters
from fidelity_engine.model.values import Count, Number, Positive, Text, Texts, wrong


class ScoreParameters(EventParameters):
    """`score`: the score of an inventory, as a share of its maximum; each event is one form."""

    NAMES_FIELDS: ClassVar = ("items", "administration")

    items: Texts = Field(description="The fields with the items' points.")
    maximum: Annotated[Number, Field(gt=0)] = Field(description="The most points that an item can have.")
    subscales: Mapping[Text, Texts] = Field({}, description="Name of a subscale: its items.")
    score: Literal["sum", "min"] = Field("sum", description="The share of all points, or the share of the weakest subscale.")
    missing: Literal["unknown", "zero"] = Field("unknown", description="What an item without points is: anything up to the maximum, or nothing.")
    missing_at_most: Count | None = Field(None, description="Forms that lack more items do not count.")
    administration: Text | None = Field(None, description="The field that the forms of one administration share; without it each form is one.")
    raters: Positive = Field(1, description="Administrations with fewer forms do not count.")
    in_a_row: Positive = Field(1, description="The weakest of so many newest administrations; fewer: not applicable, too few.")

    @model_validator(mode="after")
    def _subscales_fit(self) -> Self:
        for name, items in self.subscales.items():
            for index, item in enumerate(items):
                if item not in self.items:
                    mend = "Name a field of `items`."
                    raise wrong(f"`{item}` is no item of the inventory", mend, ("subscales", name, index), word=item, words=self.items)
        if self.score == "min" and not self.subscales:
            raise wrong("`min` takes the weakest subscale, and there is none", "Add `subscales`, or write `score: sum`.", ("score",))
        return self

    @property
    def scales(self) -> tuple[tuple[str, ...], ...]:
        """The items whose shares are compared: of each subscale, or all of them."""
        return tuple(self.subscales.values()) if self.score == "min" else (self.items,)


class AgreementParameters(EventParameters):
    """`agreement`: how far two raters agree; each event is what one rater said of one thing."""

    NAMES_FIELDS: ClassVar = ("pair", "rater", "ratings")

    pair: Text = Field(description="The field that says what was rated: two events with the same value are a pair.")
    rater: Text = Field(description="The field that says who rated.")
    ratings: Texts = Field(description="The fields that are compared.")
    statistic: Literal["exact", "kappa"] = Field("exact", description="The share of equal ratings, or Cohen's kappa.")
    min_pairs: Positive = Field(1, description="Fewer pairs of ratings: not applicable, too few.")


__all__ = ["AgreementParameters", "ScoreParameters"]
