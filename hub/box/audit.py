"""What the running parts keep, held against each other: is anything lost, was anything done twice?"""

from hub.box.shop import Shop


def lost(shop: Shop) -> int:
    """Batches that reached no hub and were not let go by a stated rule, and sales that reached no database."""
    probe = shop.probe
    batches = len(probe.sent - probe.taken - probe.let_go)
    unaccounted = sum(counts.unaccounted for counts in shop.outbox_counts())
    return (
        batches + unaccounted + sum(1 for sale in shop.till.sold if shop.data.sales.ledger.find(sale) is None)
    )


def doubled(shop: Shop) -> int:
    """Batches taken as fresh again, sales posted beyond those made, and discounts posted otherwise than given.

    A discount that was redeemed twice stands in a sale whose ticket gave none, or on a ticket whose sale has none:
    ledger and tickets are the two sides of each.
    """
    ledger, given = shop.data.sales.ledger, shop.till.given
    posted = ledger.sold()
    sales = len(posted) - len(set(posted) & set(given))
    heads = {sale_id: head for sale_id in given if (head := ledger.find(sale_id)) is not None}
    discounts = sum(1 for sale_id, head in heads.items() if head.discount_minor != given[sale_id])
    return shop.probe.taken_again + sales + discounts
