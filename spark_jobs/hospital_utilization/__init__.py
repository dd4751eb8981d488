"""Monthly hospital bed use by state, from exports of the US HHS hospital capacity dataset."""
