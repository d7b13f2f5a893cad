#!/usr/bin/env python3
"""Reads a sweep's results with pandas and with polars, and checks that both, CSV and Parquet, agree.

usage: scripts/read_results.py FOLDER, which holds results.csv, results.parquet and aggregate.csv
Needs: pandas, pyarrow, polars.
"""

import sys


def with_pandas(folder):
    import pandas

    runs = pandas.read_parquet(f"{folder}/results.parquet")
    complete = runs[runs["status"] == "complete"]
    paths = list(runs.columns[2 : runs.columns.get_loc("events")])[:1]
    print(complete.groupby(paths)["events"].describe())
    return runs, pandas.read_csv(f"{folder}/results.csv")


def with_polars(folder):
    import polars

    runs = polars.read_parquet(f"{folder}/results.parquet")
    complete = runs.filter(polars.col("status") == "complete")
    print(complete.group_by(runs.columns[2]).agg(polars.col("events").mean()))
    return runs, polars.read_csv(f"{folder}/results.csv")


def main(folder):
    parquet, csv = with_pandas(folder)
    assert list(parquet.columns) == list(csv.columns) and len(parquet) == len(csv) > 0
    for name in parquet.columns:
        assert parquet[name].astype(csv[name].dtype).equals(csv[name]), f"{name} differs between CSV and Parquet"
    of_polars, csv_of_polars = with_polars(folder)
    assert of_polars.columns == csv_of_polars.columns == list(parquet.columns)
    assert of_polars["digest"].to_list() == csv_of_polars["digest"].to_list() == parquet["digest"].to_list()
    print(f"{len(parquet)} runs, the same in pandas and polars, CSV and Parquet")


if __name__ == "__main__":
    main(sys.argv[1])
