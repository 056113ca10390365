"""What blocks of a campaign bring in from elsewhere: products of the price list, and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from crm import campaign_blocks, campaign_pictures, money, products
from crm.campaign_blocks import Block, Product
from crm.campaign_mjml import Goods, Image
from hub.languages import _


def goods(session: Session, blocks: Sequence[Block]) -> Mapping[int, Goods]:
    """Give the products that blocks name, by id; what is no more there is left out."""
    wanted = {each.product for each in blocks if isinstance(each, Product) and each.product}
    rows = [session.get(products.Product, each) for each in wanted]
    return {row.id: Goods(row.name, _price(row)) for row in rows if row is not None}


def images(session: Session, blocks: Sequence[Block], base: str) -> Mapping[str, Image]:
    """Give the pictures that blocks show, by key, under the address by which recipients reach the hub."""
    keys = {key for each in blocks for key, _alt in campaign_blocks.pictures(each)}
    rows = campaign_pictures.pictures(session, keys)
    return {
        key: Image(f"{base.rstrip('/')}{campaign_pictures.PATH}/{key}", row.width)
        for key, row in rows.items()
    }


def _price(row: products.Product) -> str:
    price = money.written(row.price, row.currency)
    return _("%(price)s each %(unit)s", price=price, unit=row.unit) if row.unit else price
