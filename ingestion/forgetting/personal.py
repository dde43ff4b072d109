"""Which values of a payload are personal, by where they stand.

Names are compared without case and without marks between words: `userProfileId`, `UserProfileId`
and `user_profile_id` are one.
"""

import re
from enum import Enum, auto

_MARKS = re.compile(r"[^a-z0-9]")

_CERTAIN = {"email", "document", "cpf", "cnpj", "cpfhash"}
# Personal wherever they stand.
_VALUES = _CERTAIN | {
    "emailaddress", "followupemail", "firstname", "lastname", "fullname", "nickname",
    "username", "receivername", "street", "complement", "neighborhood", "postalcode", "zipcode",
    "reference", "geocoordinate", "geocoordinates", "addressname", "addresslabel", "latitude",
    "longitude", "addressid", "phone", "phonenumber", "telefone", "celular", "cellphone",
    "homephone", "businessphone", "corporatephone", "telephone", "mobile", "corporatedocument",
    "corporatename", "tradename", "stateinscription", "stateregistration", "cardholder",
    "cardnumber", "firstdigits", "lastdigits", "birthdate", "birthday", "gender", "ip",
    "useragent", "cancelreason", "reason", "comment", "comments", "observation", "note",
    "notes", "usercomment", "lastmessage", "embeddedinvoice", "invoicekey", "redemptioncode",
    "custommessage", "visitorcontactinfo", "visitorcontactphone", "visitoraddressstreet",
    "visitoraddressnumber", "visitoraddresscomplement", "visitoraddressneighborhood",
    "visitoraddresspostalcode", "agent", "anonymous", "anonymousid", "deviceid", "nome",
    "logradouro", "endereco", "complemento", "bairro", "cep", "nascimento",
    "datanascimento", "observacao", "body",
}  # fmt: skip
# All that is in them is personal, but for `_KEPT`.
_AREAS = {
    "address", "addresses", "selectedaddresses", "availableaddresses", "endereco", "enderecos",
    "clientprofiledata", "invoicesubject", "contactinformation", "receiver", "customer",
    "cliente", "userdata", "customerprofiledata", "pickupreturndata", "refundpaymentdata",
    "opentextfield", "giftregistrydata", "customdata", "itemattachment", "attachments",
}  # fmt: skip
_KEPT = {
    "id", "userid", "userprofileid", "profileid", "clientid", "customerid", "addresstype",
    "refundpaymentmethod", "documenttype", "isdisposable", "city", "state", "country", "cidade",
    "estado", "uf", "pais", "customerclass",
}  # fmt: skip
# Beside those, of a document that is nothing but a person or an address.
_KEPT_OF_DOCUMENT = _KEPT | {
    "createdin", "updatedin", "timestamp", "accountid", "accountname", "dataentityid",
    "localedefault",
}  # fmt: skip
# Of a shop, though it has an address.
_SHOPS = {"pickupstoreinfo", "loja", "operador", "sellers", "callcenteroperatordata"}
_POSTAL_CODES = {"postalcode", "zipcode", "cep"}
_CONSENTS = {"isnewsletteroptin", "optinnewsletter", "aceitamensagens"}

_PERSON_IDS = {"userid", "userprofileid", "profileid", "clientid", "customerid", "clienteid"}
_PERSON_IDS |= {"clientes", "customers"}
_PERSONS = {"cliente", "novocliente", "client", "customer", "user"}
_ADDRESS_IDS = {"addressid", "addressname"}

Path = tuple[str, ...]


class Form(Enum):
    """What a message of a contract tells of persons."""

    # is a person, or a person's address
    DOCUMENT = auto()
    # is something that a person did
    ACT = auto()
    # at most lists persons among others
    LIST = auto()


_DOCUMENTS = {"vtex.client", "vtex.address", "pos.customer"}
_LISTS = {
    "attributes", "vtex.product", "vtex.sku", "vtex.category", "vtex.brand", "vtex.price",
    "vtex.inventory", "vtex.promotion", "vtex.coupon", "vtex.warehouse", "vtex.seller",
    "vtex.pickup_point", "pos.operator", "marketing.campaign", "marketing.coupon_redemption",
}  # fmt: skip


def form_of(contract: str | None) -> Form:
    """Say what a contract's messages tell; None: of dead letters anything may be true."""
    if contract in _DOCUMENTS:
        return Form.DOCUMENT
    return Form.LIST if contract in _LISTS else Form.ACT


def name(key: str) -> str:
    """Give a key's name as it is compared."""
    return _MARKS.sub("", key.casefold())


def is_personal(path: Path, form: Form) -> bool:
    """Tell whether the value at a path of names is personal in a person's message."""
    if form is Form.LIST or _SHOPS.intersection(path):
        return False
    last = path[-1] if path else ""
    if last in _CONSENTS:
        return False
    if form is Form.DOCUMENT:
        return last not in _KEPT_OF_DOCUMENT
    return not _VALUES.isdisjoint(path) or (last not in _KEPT and not _AREAS.isdisjoint(path))


def is_postal_code(path: Path) -> bool:
    """Tell whether a value is a postal code: five digits of it are a region of many people."""
    return bool(path) and path[-1] in _POSTAL_CODES


def is_consent(path: Path) -> bool:
    """Tell whether a value says that a person may be written to."""
    return bool(path) and path[-1] in _CONSENTS


def names_a_person(path: Path, contract: str | None) -> bool:
    """Tell whether the value at a path identifies somebody for certain, unlike a phone."""
    return not _CERTAIN.isdisjoint(path[-1:]) or is_person(path, contract)


def is_person(path: Path, contract: str | None = None) -> bool:
    """Tell whether the value at a path is a person's id."""
    if not path:
        return False
    if path[-1] == "id":
        is_own = len(path) == 1 and contract == "vtex.client"
        return is_own or not _PERSONS.isdisjoint(path[-2:-1])
    return path[-1] in _PERSON_IDS


def is_composed_id(path: Path, contract: str | None) -> bool:
    """Tell whether the value at a path is an id made of other ids, a person's among them."""
    return contract == "marketing.coupon_redemption" and path == ("resgate", "id")


def is_address(path: Path, contract: str | None = None) -> bool:
    """Tell whether the value at a path is an address's id."""
    return bool(path) and (
        path[-1] in _ADDRESS_IDS or (path == ("id",) and contract == "vtex.address")
    )
