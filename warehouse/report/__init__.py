"""The report that a build leaves beside the warehouse: one page, for whoever rather looks."""
