"""A shop's own model as an example: alternating least squares of the library `implicit`.

    vitrine evaluate --scorer "python examples/als_scorer.py"
    vitrine score --scorer "python examples/als_scorer.py" --out data/scores.parquet

Reads a Parquet file of sales (customer_id, sku_id, unit_count, ...), writes one of scores
(customer_id, sku_id, score), the fifty best of each customer. Needs the extra `recommendations`.
"""

import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from implicit.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix

_MOST = 50


def main(sales_path: str, scores_path: str) -> None:
    """Score the sales of one file into another."""
    sales = pq.read_table(sales_path, columns=["customer_id", "sku_id"])
    customers, rows = np.unique(sales["customer_id"].to_numpy().astype(str), return_inverse=True)
    skus, columns = np.unique(sales["sku_id"].to_numpy().astype(str), return_inverse=True)
    counts = csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)))
    model = AlternatingLeastSquares(factors=min(64, len(skus)), random_state=1)
    model.fit(counts, show_progress=False)
    most = min(_MOST, len(skus))
    best, scores = model.recommend(
        np.arange(len(customers)), counts, N=most, filter_already_liked_items=False
    )
    pq.write_table(
        pa.table(
            {
                "customer_id": np.repeat(customers, most),
                "sku_id": skus[best.ravel()],
                "score": scores.ravel().astype(np.float64),
            }
        ),
        scores_path,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
