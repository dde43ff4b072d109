"""The words of a store that does not exist: shelves, brands, people and places."""

from typing import NamedTuple

ACCOUNT = "quintalaurora"
ACCOUNT_ID = "5b0f3c9e-71d2-4f0a-9a57-2f1f6f0c8d11"
STORE_NAME = "Quintal Aurora"


class Shelf(NamedTuple):
    """A leaf of the category tree and what stands on it. Prices in cents."""

    category: str
    name: str
    product: str
    lowest_price: int
    highest_price: int
    sizes: tuple[str, ...]
    coloured: bool
    weight_grams: int
    unit_thousandths: int = 1000  # what one unit weighs, in thousandths of its price's unit
    department: str = ""


_LETTERS = ("P", "M", "G", "GG")
_SHOES = ("34", "35", "36", "37", "38", "39")
_BOOTS = ("38", "39", "40", "41", "42", "43")
_BEDS = ("Solteiro", "Casal", "Queen", "King")
_ONE = ("Único",)


def _department(name: str, *shelves: Shelf) -> tuple[Shelf, ...]:
    return tuple(shelf._replace(department=name) for shelf in shelves)


SHELVES = (
    *_department(
        "Moda Feminina",
        Shelf("Vestidos", "Vestidos Longos", "Vestido Longo", 18900, 45900, _LETTERS, True, 420),
        Shelf("Vestidos", "Vestidos Curtos", "Vestido Curto", 12900, 32900, _LETTERS, True, 300),
        Shelf("Blusas", "Regatas", "Regata", 4990, 11900, _LETTERS, True, 150),
        Shelf("Blusas", "Camisas de Linho", "Camisa de Linho", 15900, 28900, _LETTERS, True, 220),
    ),
    *_department(
        "Moda Masculina",
        Shelf("Camisas", "Camisas Sociais", "Camisa Social", 13900, 25900, _LETTERS, True, 260),
        Shelf("Camisas", "Camisetas", "Camiseta", 4990, 12900, _LETTERS, True, 180),
        Shelf("Calças", "Bermudas", "Bermuda", 8990, 18900, _LETTERS, True, 320),
    ),
    *_department(
        "Calçados",
        Shelf("Sandálias", "Rasteirinhas", "Rasteirinha", 7990, 17900, _SHOES, True, 500),
        Shelf("Tênis", "Tênis Casuais", "Tênis Casual", 19900, 42900, _BOOTS, True, 900),
        Shelf("Botas", "Coturnos", "Coturno", 25900, 54900, _BOOTS, True, 1300),
    ),
    *_department(
        "Casa",
        Shelf("Cama", "Jogos de Lençol", "Jogo de Lençol", 17900, 48900, _BEDS, True, 1800),
        Shelf("Cama", "Mantas", "Manta", 9900, 23900, _ONE, True, 900),
        Shelf("Banho", "Toalhas de Banho", "Toalha de Banho", 3990, 9990, _ONE, True, 450),
        Shelf(
            "Cozinha",
            "Panelas de Barro",
            "Panela de Barro",
            8900,
            26900,
            ("2 L", "4 L"),
            False,
            2600,
        ),
        Shelf("Cozinha", "Canecas", "Caneca", 2990, 6990, _ONE, True, 380),
        Shelf("Decoração", "Vasos", "Vaso", 5990, 21900, ("Pequeno", "Grande"), True, 1500),
    ),
    *_department(
        "Empório",
        Shelf(
            "Cafés",
            "Cafés em Grãos",
            "Café em Grãos",
            2990,
            7990,
            ("250 g", "500 g", "1 kg"),
            False,
            500,
        ),
        Shelf("Cafés", "Cafés Moídos", "Café Moído", 1990, 4990, ("250 g", "500 g"), False, 400),
        Shelf("A Granel", "Castanhas", "Castanha", 7990, 16990, _ONE, False, 250, 250),
        Shelf("A Granel", "Queijos", "Queijo", 5990, 13990, _ONE, False, 350, 350),
        Shelf("A Granel", "Frutas Secas", "Fruta Seca", 3990, 8990, _ONE, False, 125, 125),
        Shelf("Doces", "Geleias", "Geleia", 1890, 3990, _ONE, False, 320),
    ),
    *_department(
        "Beleza",
        Shelf("Corpo", "Sabonetes", "Sabonete", 990, 2990, _ONE, False, 120),
        Shelf(
            "Corpo",
            "Óleos Corporais",
            "Óleo Corporal",
            3990,
            9990,
            ("100 ml", "200 ml"),
            False,
            220,
        ),
    ),
)

MODELS = (
    *("Jacarandá", "Ipê", "Araucária", "Pitanga", "Umbu", "Sabiá", "Tucano", "Maracá", "Cambuí"),
    *("Buriti", "Mandacaru", "Jatobá", "Aroeira", "Gravatá", "Juçara", "Piracema", "Caatinga"),
    *("Cerrado", "Garoa", "Maresia", "Alvorada", "Sereno", "Quaresmeira", "Colibri", "Bem-te-vi"),
    *("Andorinha", "Paineira", "Taboa", "Restinga", "Igarapé", "Cupuaçu", "Murici", "Cagaita"),
)
LINES = ("Nova Coleção", "Edição Limitada", "Feito à Mão", "Clássica", "Essencial", "Verão")
COLOURS = ("Areia", "Terracota", "Verde Musgo", "Azul Anil", "Preto", "Cru", "Mostarda", "Vinho")

BRANDS = (
    *("Quintal Aurora", "Pedra e Linho", "Sabiá do Norte", "Oficina Umburana", "Maré de Dentro"),
    *("Terreiro Bom", "Casa Mangabeira", "Fio de Algodão"),
)


class Place(NamedTuple):
    """A city, with the first five digits of a postal code and its position."""

    city: str
    state: str
    postal_prefix: str
    longitude: float
    latitude: float
    weight: float


PLACES = (
    Place("São Paulo", "SP", "04571", -46.6873, -23.6091, 22),
    Place("Campinas", "SP", "13010", -47.0608, -22.9056, 5),
    Place("Santos", "SP", "11060", -46.3289, -23.9618, 3),
    Place("Ribeirão Preto", "SP", "14020", -47.8103, -21.1775, 3),
    Place("Rio de Janeiro", "RJ", "22041", -43.1862, -22.9711, 12),
    Place("Niterói", "RJ", "24220", -43.1034, -22.8832, 3),
    Place("Belo Horizonte", "MG", "30130", -43.9378, -19.9208, 7),
    Place("Uberlândia", "MG", "38400", -48.2772, -18.9186, 2),
    Place("Curitiba", "PR", "80420", -49.2776, -25.4397, 6),
    Place("Londrina", "PR", "86020", -51.1628, -23.3103, 2),
    Place("Porto Alegre", "RS", "90520", -51.2177, -30.0277, 5),
    Place("Florianópolis", "SC", "88015", -48.5482, -27.5969, 3),
    Place("Brasília", "DF", "70390", -47.8919, -15.7997, 5),
    Place("Goiânia", "GO", "74120", -49.2648, -16.6864, 3),
    Place("Salvador", "BA", "40140", -38.5267, -12.9994, 5),
    Place("Recife", "PE", "51020", -34.8997, -8.1137, 4),
    Place("Fortaleza", "CE", "60165", -38.4959, -3.7319, 4),
    Place("Natal", "RN", "59020", -35.2094, -5.7945, 1.5),
    Place("Belém", "PA", "66055", -48.4878, -1.4558, 2),
    Place("Manaus", "AM", "69050", -60.0217, -3.119, 1.5),
)

AREA_CODES = {
    **{"SP": "11", "RJ": "21", "MG": "31", "PR": "41", "RS": "51", "SC": "48", "DF": "61"},
    **{"GO": "62", "BA": "71", "PE": "81", "CE": "85", "RN": "84", "PA": "91", "AM": "92"},
}

FIRST_NAMES = (
    *("Ana", "Beatriz", "Camila", "Daniela", "Elisa", "Fernanda", "Gabriela", "Helena", "Isabel"),
    *("Júlia", "Larissa", "Marina", "Natália", "Olívia", "Patrícia", "Renata", "Sônia", "Tereza"),
    *("André", "Bruno", "Caio", "Diego", "Eduardo", "Felipe", "Gustavo", "Henrique", "Igor"),
    *("João", "Lucas", "Marcelo", "Otávio", "Paulo", "Rafael", "Sérgio", "Tiago", "Vítor"),
)
LAST_NAMES = (
    *("Almeida", "Barbosa", "Cardoso", "Duarte", "Esteves", "Ferreira", "Gomes", "Lima", "Macedo"),
    *("Nogueira", "Oliveira", "Pereira", "Queiroz", "Ribeiro", "Santana", "Teixeira", "Vieira"),
)
STREETS = (
    "Rua das Paineiras",
    "Rua do Sabiá",
    "Avenida das Acácias",
    "Rua da Olaria",
    "Travessa do Sol",
)
DISTRICTS = ("Centro", "Jardim das Flores", "Vila Nova", "Boa Vista", "Santa Rita")


class Shop(NamedTuple):
    """A physical shop: a seller of its own, a pickup point, or both; empty where it is not."""

    seller_id: str
    name: str
    prefix: str
    place: Place
    pickup_point_id: str


SHOPS = (
    Shop("quintalvilamadalena", "Quintal Aurora Vila Madalena", "QVM", PLACES[0], "1_VMD"),
    Shop("quintalipanema", "Quintal Aurora Ipanema", "QIP", PLACES[4], "1_IPA"),
    Shop("quintalsavassi", "Quintal Aurora Savassi", "QSV", PLACES[6], "1_SAV"),
    Shop("quintalbatel", "Quintal Aurora Batel", "QBT", PLACES[8], "1_BTL"),
)
COUNTERS = (  # where orders of the store are handed over, and nothing is sold
    Shop("", "Retirada Paulista", "", PLACES[0], "1_PTA"),
    Shop("", "Retirada Boa Viagem", "", PLACES[15], "1_BVG"),
)
FRANCHISES = (  # which deliver, and where nobody can call for a parcel
    Shop("quintalbarra", "Quintal Aurora Barra", "QBR", PLACES[14], ""),
)
PARTNERS = (
    ("oficinaumburana", "Oficina Umburana", "OUM"),
    ("casamangabeira", "Casa Mangabeira", "CMG"),
    ("fiodealgodao", "Fio de Algodão", "FDA"),
)
MARKETPLACES = (("MGO", "Mercado do Gosto"), ("VLA", "Vila das Lojas"))
CLERKS = ("T014 - NEUSA", "T027 - ODAIR", "T031 - IRACEMA", "T102 - WALDIR", "T118 - JUREMA")
SHOP_OF_CLERK = {clerk: SHOPS[number % len(SHOPS)] for number, clerk in enumerate(CLERKS)}
