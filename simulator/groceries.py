"""What the shops' tills sell beside the catalogue: a small supermarket's shelves."""

from typing import NamedTuple


class Grocery(NamedTuple):
    """A product without an entry in the catalogue. Price in cents, of a kilogram if `is_weighed`.

    `days` is how long a household typically takes to use it up.
    """

    name: str
    department: str
    category: str
    brands: tuple[str, ...]
    price: int
    days: int
    is_weighed: bool = False


def _shelf(department: str, category: str, *groceries: Grocery) -> tuple[Grocery, ...]:
    return tuple(each._replace(department=department, category=category) for each in groceries)


def _sold(name: str, price: int, days: int, *brands: str, is_weighed: bool = False) -> Grocery:
    return Grocery(name, "", "", brands or ("",), price, days, is_weighed)


_OWN = "Quintal Aurora"

GROCERIES = (
    *_shelf(
        "Mercearia",
        "Grãos e Massas",
        _sold("Arroz Agulhinha 5 kg", 2890, 25, "Várzea", _OWN),
        _sold("Feijão Carioca 1 kg", 899, 14, "Várzea", _OWN),
        _sold("Macarrão Espaguete 500 g", 459, 12, "Nonna Rosa", _OWN),
        _sold("Farinha de Trigo 1 kg", 549, 30, "Moinho do Vale"),
        _sold("Farofa Pronta 400 g", 689, 28, "Moinho do Vale"),
        _sold("Milho de Pipoca 500 g", 529, 35, "Várzea"),
    ),
    *_shelf(
        "Mercearia",
        "Molhos e Temperos",
        _sold("Molho de Tomate 340 g", 329, 12, "Nonna Rosa", _OWN),
        _sold("Azeite Extra Virgem 500 ml", 3790, 40, "Olival", "Serra Fria"),
        _sold("Óleo de Soja 900 ml", 799, 18, "Campo Real"),
        _sold("Sal Refinado 1 kg", 299, 60, "Salina Norte"),
        _sold("Alho 200 g", 749, 15),
        _sold("Maionese 500 g", 899, 30, "Bom Prato"),
    ),
    *_shelf(
        "Mercearia",
        "Café da Manhã",
        _sold("Café Torrado e Moído 500 g", 1890, 14, "Serra Alta", "Três Fazendas"),
        _sold("Filtro de Papel 103", 499, 28, "Passo"),
        _sold("Açúcar Refinado 1 kg", 489, 16, "Doce Cana"),
        _sold("Achocolatado 400 g", 899, 24, "Cacauí"),
        _sold("Aveia em Flocos 500 g", 799, 22, "Moinho do Vale"),
        _sold("Biscoito Água e Sal 400 g", 649, 10, "Crocante", _OWN),
        _sold("Granola 800 g", 2290, 20, "Serra Fria"),
    ),
    *_shelf(
        "Frios e Laticínios",
        "Leites",
        _sold("Leite Integral 1 L", 549, 5, "Vale Verde", _OWN),
        _sold("Leite Desnatado 1 L", 559, 6, "Vale Verde"),
        _sold("Iogurte Natural 170 g", 349, 6, "Vale Verde", "Serra Fria"),
        _sold("Requeijão 200 g", 899, 12, "Vale Verde", _OWN),
        _sold("Manteiga 200 g", 1290, 16, "Vale Verde"),
        _sold("Creme de Leite 200 g", 389, 18, "Vale Verde"),
    ),
    *_shelf(
        "Frios e Laticínios",
        "Frios",
        _sold("Queijo Mussarela", 5490, 9, is_weighed=True),
        _sold("Presunto Cozido", 3990, 9, is_weighed=True),
        _sold("Queijo Parmesão Ralado 50 g", 649, 20, "Nonna Rosa"),
        _sold("Ovos Brancos 12 un", 1190, 10, "Granja Sol"),
    ),
    *_shelf(
        "Hortifrúti",
        "Frutas",
        _sold("Banana Prata", 699, 5, is_weighed=True),
        _sold("Maçã Gala", 1190, 8, is_weighed=True),
        _sold("Mamão Formosa", 849, 8, is_weighed=True),
        _sold("Laranja Pera", 549, 8, is_weighed=True),
        _sold("Limão Taiti", 649, 12, is_weighed=True),
    ),
    *_shelf(
        "Hortifrúti",
        "Legumes e Verduras",
        _sold("Tomate Italiano", 899, 6, is_weighed=True),
        _sold("Cebola", 599, 12, is_weighed=True),
        _sold("Batata Inglesa", 649, 10, is_weighed=True),
        _sold("Cenoura", 549, 10, is_weighed=True),
        _sold("Alface Crespa", 349, 5),
        _sold("Cheiro-verde", 299, 6),
    ),
    *_shelf(
        "Padaria",
        "Pães",
        _sold("Pão Francês", 1890, 4, is_weighed=True),
        _sold("Pão de Forma 500 g", 949, 7, "Trigal", _OWN),
        _sold("Pão de Queijo", 3490, 9, is_weighed=True),
        _sold("Bolo de Fubá", 1690, 14),
    ),
    *_shelf(
        "Açougue",
        "Carnes",
        _sold("Patinho Moído", 4290, 9, is_weighed=True),
        _sold("Peito de Frango", 2290, 8, is_weighed=True),
        _sold("Picanha", 7990, 26, is_weighed=True),
        _sold("Linguiça Toscana", 2490, 18, is_weighed=True),
        _sold("Carvão 4 kg", 2490, 30, "Brasa"),
    ),
    *_shelf(
        "Bebidas",
        "Bebidas",
        _sold("Cerveja Lata 350 ml", 399, 10, "Cais", "Lúpulo Sul"),
        _sold("Refrigerante Cola 2 L", 999, 9, "Cais"),
        _sold("Suco de Uva Integral 1 L", 1490, 15, "Serra Fria"),
        _sold("Água Mineral 1,5 L", 299, 6, "Fonte Clara"),
        _sold("Vinho Tinto 750 ml", 4490, 24, "Serra Fria", "Olival"),
    ),
    *_shelf(
        "Limpeza",
        "Limpeza da Casa",
        _sold("Detergente 500 ml", 249, 12, "Limpo", _OWN),
        _sold("Sabão em Pó 1,6 kg", 1990, 28, "Limpo", "Alvo"),
        _sold("Amaciante 2 L", 1590, 32, "Alvo"),
        _sold("Água Sanitária 2 L", 799, 25, "Alvo"),
        _sold("Esponja 3 un", 549, 24, "Limpo"),
        _sold("Papel-toalha 2 un", 649, 16, "Folha"),
    ),
    *_shelf(
        "Higiene",
        "Higiene Pessoal",
        _sold("Papel Higiênico 12 un", 2290, 18, "Folha", _OWN),
        _sold("Creme Dental 90 g", 499, 26, "Brisa"),
        _sold("Xampu 350 ml", 1490, 35, "Brisa", "Pitangueira"),
        _sold("Condicionador 350 ml", 1590, 35, "Pitangueira"),
        _sold("Fralda G 40 un", 5490, 11, "Ninho"),
        _sold("Lenços Umedecidos 96 un", 1290, 14, "Ninho"),
    ),
    *_shelf(
        "Pet",
        "Pet",
        _sold("Ração para Cães 3 kg", 5490, 21, "Faro"),
        _sold("Ração para Gatos 1 kg", 2290, 14, "Faro"),
        _sold("Areia Sanitária 4 kg", 1890, 15, "Faro"),
    ),
)

# Who buys the one often takes the other along, whatever else they need.
PAIRS = (
    ("Macarrão Espaguete 500 g", "Molho de Tomate 340 g"),
    ("Macarrão Espaguete 500 g", "Queijo Parmesão Ralado 50 g"),
    ("Café Torrado e Moído 500 g", "Filtro de Papel 103"),
    ("Arroz Agulhinha 5 kg", "Feijão Carioca 1 kg"),
    ("Queijo Mussarela", "Presunto Cozido"),
    ("Presunto Cozido", "Pão de Forma 500 g"),
    ("Pão Francês", "Manteiga 200 g"),
    ("Carvão 4 kg", "Picanha"),
    ("Picanha", "Farofa Pronta 400 g"),
    ("Linguiça Toscana", "Cerveja Lata 350 ml"),
    ("Sabão em Pó 1,6 kg", "Amaciante 2 L"),
    ("Xampu 350 ml", "Condicionador 350 ml"),
    ("Fralda G 40 un", "Lenços Umedecidos 96 un"),
    ("Ração para Gatos 1 kg", "Areia Sanitária 4 kg"),
    ("Tomate Italiano", "Cebola"),
)

PAYMENTS = ("pix", "cartao_debito", "cartao_credito", "dinheiro", "vale_alimentacao")
