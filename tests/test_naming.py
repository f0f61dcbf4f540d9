"""What functions and modules are called, and what their docstrings say: cells in, names out."""

from __future__ import annotations

import ast
import re

import pytest

from nb2pkg import facts
from nb2pkg.plan.make import make
from nb2pkg.plan.model import Plan, Step, Style
from nb2pkg.plan.names import docstrings, nouns, phrases, verbs
from nb2pkg.plan.request import Options
from nb2pkg.render import modules, pipeline
from nb2pkg.render.annotations import Signature
from nb2pkg.render.modules import module as render_module
from tests import build

HEAD = """\
# %% [markdown]
# # Sales
# %% tags=["nb2pkg-skip"]
import numpy as np, pandas as pd, matplotlib.pyplot as plt, seaborn as sns
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
import statsmodels.api as sm
orders = pd.DataFrame({"city": ["a"], "amount": [1.0], "day": ["2024-01-01"]})
X, y = orders[["amount"]], orders["amount"]
"""


def plan(text: str, head: str = HEAD) -> Plan:
    notebook = build.notebook(f"{head}{text.strip()}\n")
    return make(notebook, facts.analyze(notebook), Options(everything=True))


def names(text: str, head: str = HEAD) -> list[str]:
    """The names of the steps below the head."""
    count = len(plan("", head).steps)
    return [step.name for step in plan(text, head).steps][count:]


def cell(code: str, *, above: str = "") -> str:
    lines = "".join(f"# {line}\n" for line in above.split("\n"))
    return (f"# %% [markdown]\n{lines}" if above else "") + f"# %%\n{code}\n"


LARGE = 'large = orders[orders["amount"] > 9]\nlarge["amount"] = 1'
SAID = {
    "the comment that opens the cell": (cell(f"# Keep large orders\n{LARGE}"), "keep_large_orders"),
    "a sentence above": (cell(LARGE, above="Next we drop small orders:"), "drop_small_orders"),
    "the sentence that leads over to the code": (
        cell(LARGE, above="Sales are noisy. We can now select the large orders."),
        "select_large_orders",
    ),
    "a heading above": (cell(LARGE, above="## Selecting large orders"), "select_large_orders"),
    "behind an aim": (
        cell(LARGE, above="To see this, we keep large orders only:"),
        "keep_large_orders",
    ),
    "the comment before the heading": (
        cell(f"# Keep large orders\n{LARGE}", above="## Select orders"),
        "keep_large_orders",
    ),
    "without number and adverb": (
        cell(LARGE, above="## 2.1 Simply drop small orders"),
        "drop_small_orders",
    ),
    "cut at a preposition where it is too long": (
        cell(f"# Drop orders with small amounts in the cities of the northern districts\n{LARGE}"),
        "drop_orders_with_small_amounts_in_cities",
    ),
    "up to the next thing that is done": (
        cell(f"# Keep large orders and plot them\n{LARGE}"),
        "keep_large_orders",
    ),
    "two verbs for one thing": (cell(f"# Filter and clean orders\n{LARGE}"), "filter_orders"),
    "a chart that is created is plotted": (
        cell('# Create a bar chart of amounts\nplt.bar(orders["city"], orders["amount"])'),
        "plot_bar_of_amounts",
    ),
    "a heading that is a noun, with the verb of the code": (
        cell('plt.plot(orders["amount"])', above="## Phase portrait"),
        "plot_phase_portrait",
    ),
    "an aim behind a plot": (
        cell('plt.plot(orders["amount"])', above="Draw a plot to compare amounts per city:"),
        "draw_amounts_per_city",
    ),
}


@pytest.mark.parametrize(("text", "name"), SAID.values(), ids=SAID)
def test_a_name_that_the_author_says(text: str, name: str) -> None:
    assert names(text) == [name]


NOT_SAID = {
    "a verb that the code belies": cell(f"# Save large orders\n{LARGE}"),
    "a plot that is not drawn": cell(LARGE, above="Plot the large orders:"),
    "a fit that is not made": cell(LARGE, above="## Fit large orders"),
    "advice": cell(LARGE, above="Note the large orders in this example."),
    "a question": cell(LARGE, above="Should we drop small orders?"),
    "a subject": cell(LARGE, above="Select statements will be covered later."),
    "code that is commented out": cell(f"# keep = orders.filter(1)\n{LARGE}"),
    "a directive": cell(f"# noqa: keep large orders\n{LARGE}"),
    "an idiom": cell(LARGE, above="We take a look at the orders."),
    "a formula": cell(LARGE, above="We select $x > 9$ orders."),
    "nothing but a pronoun": cell(f"# Keep it\n{LARGE}"),
    "code at the start of a sentence": cell(LARGE, above="`drop` expects orders."),
    "the first half of a cell": cell(
        '# Load rates\nrates = pd.read_csv("r.csv")\n'
        '# Keep large ones\nlarge = orders[orders["amount"] > rates["a"].max()]\nlarge["b"] = 1'
    ),
    "the cell above the one before": cell("other = orders.copy()\nother['a'] = 1", above="Drop it:")
    + cell(LARGE),
}


@pytest.mark.parametrize("text", NOT_SAID.values(), ids=NOT_SAID)
def test_what_no_name_is_taken_from(text: str) -> None:
    """What it is about may be taken, with the verb of the code; and what is said of its last part."""
    assert names(text)[-1] in ("select_large", "select_large_orders", "keep_large_ones")
    assert not any(step.doc for step in plan(text).steps)


BY_CODE = {
    "a file": ('rates = pd.read_csv("data/rates_2024.csv")', "load_rates"),
    "a file, where the variable says nothing": (
        'df = pd.read_csv("data/rates_2024.csv")',
        "load_rates",
    ),
    "a set of data": ("d = sm.datasets.sunspots.load_pandas().data", "load_sunspots"),
    "a table that is written": ('orders.to_csv("out/large.csv")', "save_orders"),
    "options": ('pd.set_option("display.width", 100)', "configure_options"),
    "a theme": ("sns.set_theme()", "configure_plots"),
    "a seed": ("np.random.seed(3)", "seed_random_numbers"),
    "a model": ("m = LinearRegression()\nm.fit(X, y)", "fit_linear_regression"),
    "a model in one line": ("res = sm.OLS(y, X).fit()", "fit_ols"),
    "groups": ('t = orders.groupby("city")["amount"].sum()', "total_amount_by_city"),
    "a column": ('orders["share"] = orders["amount"] / 2', "add_share"),
    "columns": (
        'orders["more"] = 1\norders["share"] = orders["amount"] / 2\norders["rank"] = 3',
        "add_orders_columns",
    ),
    "a column that is changed": (
        'orders["day"] = pd.to_datetime(orders["day"])',
        "convert_day",
    ),
    "parts": ("train, test = train_test_split(orders)\ntest['a'] = 1", "split_orders"),
    "rows": ('biggest = orders.sort_values("amount").copy()\nbiggest["a"] = 1', "sort_biggest"),
    "a title": (
        'ax = orders["amount"].plot(title="Amounts of the year")',
        "plot_amounts_of_year",
    ),
    "axes": ('sns.barplot(data=orders, x="city", y="amount")', "plot_amount_by_city"),
    "labels": (
        'plt.scatter(y, X)\nplt.xlabel("Fitted values")\nplt.ylabel("Observed values")',
        "plot_observed_values_against_fitted",
    ),
    "a function of a library": ("m = np.linalg.cond(X)", "compute_cond"),
    "values that are written out": (
        'limits = {"a": 1, "b": [2]}\nlimits["c"] = 3',
        "define_limits",
    ),
}


@pytest.mark.parametrize(("code", "name"), BY_CODE.values(), ids=BY_CODE)
def test_a_name_for_what_code_does(code: str, name: str) -> None:
    assert names(cell(code)) == [name]


def test_names_say_more_than_letters_and_numbers() -> None:
    """Not the variables strung together, no numbers, nothing twice, nothing that pytest collects."""
    text = "".join(
        cell(code)
        for code in (
            "m5_res, conc2, x3 = np.eye(3)\nx3[0] = 1",
            "plot2 = plt.plot(orders['amount'])\nplt.show()",
            'sns.histplot(data=orders, x="amount")',
            'sns.histplot(data=orders, x="amount", hue="city")',
            'sns.histplot(data=orders, x="amount", multiple="stack")',
            "t_test = sm.stats.ttest_ind(y, y)",
        )
    )
    for name in names(text):
        words = name.split("_")
        assert not re.search(r"\d", name), name
        assert len(set(words)) == len(words), name
        assert not name.startswith(("test", "import", "make_", "show_")), name
        assert len(name) <= 44, name


def test_a_name_is_asked_for_where_none_is_good() -> None:
    found = plan(cell("x2 = np.eye(2)[0]\nx2[0] = 1") + cell("ab = x2 * 2\nab[0] = 1"))
    asked = {
        problem.place.cell
        for problem in found.problems
        if problem.code == "NB501" and problem.place
    }
    assert {2, 3} <= asked


def test_names_are_unique_and_hide_nothing() -> None:
    """An import, a variable, a builtin, a definition and another step have their names already."""
    text = cell(
        "from scipy.stats import rankdata as select_large\nadd_share = 1\ndef plot_amounts(): pass"
    )
    text += cell(LARGE) + cell(LARGE.replace("large", "large2")) + cell('orders["share"] = 2')
    found = names(text)
    assert len(set(found)) == len(found)
    assert not {"select_large", "add_share", "plot_amounts"} & set(found)


def test_a_name_stays_when_cells_elsewhere_change() -> None:
    text = cell(f"# Keep large orders\n{LARGE}") + cell(
        't = orders.groupby("city")["amount"].sum()'
    )
    more = (
        cell('rates = pd.read_csv("r.csv")\nrates["b"] = 1', above="## Rates")
        + text
        + cell("rates.to_csv('b.csv')")
    )
    assert names(text) == names(more)[1:3]


# ---------------------------------------------------------------------------------------- tags


def test_a_variable_of_the_name_in_a_tag_is_no_obstacle() -> None:
    """The function is called by its module, in the narrative and in the pipeline."""
    made = plan("""
# %% tags=["nb2pkg:prices.total"]
total = orders["amount"].sum() * 2
# %% tags=["nb2pkg:prices.prices"]
prices = orders["amount"] * total + 1
# %%
print(total, prices)
""")
    assert [step.name for step in made.steps] == ["total", "prices"]
    assert [problem.code for problem in made.problems if problem.code == "NB104"] == []
    text = pipeline.pipeline(made)
    assert "from . import prices as prices_module" in text
    assert "total = prices_module.total(orders)" in text
    assert "prices = prices_module.prices(orders, total)" in text


@pytest.mark.parametrize("name", ["keep", "pd", "len", "orders_of"])
def test_a_name_that_means_something_else_cannot_be_had(name: str) -> None:
    text = f"""
# %%
def keep(x): return x
orders_of = lambda x: x
# %% tags=["nb2pkg:prices.{name}"]
amounts = orders["amount"].sum() * 2
# %% tags=["nb2pkg:others.orders_of"]
late = orders["amount"].max() * 2
"""
    made = plan(text)
    assert "NB104" in [problem.code for problem in made.problems]
    assert len({step.name for step in made.steps}) == len(made.steps)


def test_the_name_of_a_tag_belongs_to_all_that_was_tagged() -> None:
    """A cell of which a part stays gives two functions: neither is the whole."""
    text = """
# %% tags=["nb2pkg:prices.tidy"]
day = pd.to_datetime(orders["day"])
%store day
city = orders["city"].str.strip().str.upper()
"""
    assert names(text) == ["tidy_day", "tidy_city"]
    assert names(text.replace("%store day\n", "")) == ["tidy"]
    assert "NB104" not in [problem.code for problem in plan(text).problems]


def test_no_other_function_takes_the_name_of_a_tag() -> None:
    text = cell(f"# Keep large orders\n{LARGE}")
    text += (
        '# %% tags=["nb2pkg:a.keep_large_orders"]\nsmall = orders[orders["amount"] < 9].copy()\n'
    )
    assert names(text)[1] == "keep_large_orders"
    assert names(text)[0] != "keep_large_orders"


# --------------------------------------------------------------------------------------- verbs

TRUTHS = {
    # verb: code of which it is true, code of which it is not
    "load": ('a = pd.read_csv("a.csv")', "a = orders.copy()"),
    "save": ('orders.to_csv("a.csv")', "a = orders.to_dict()"),
    "plot": ('plt.plot(orders["amount"])', "a = orders.describe()"),
    "fit": ("a = LinearRegression().fit(X, y)", "a = LinearRegression()"),
    "predict": ("a = m.predict(X)", "a = m.fit(X)"),
    "split": ("a, b = train_test_split(orders)", "a = orders.copy()"),
    "select": ('a = orders[orders["amount"] > 1]', "a = orders.copy()"),
    "filter": ('a = orders.query("amount > 1")', "a = orders.copy()"),
    "drop": ("a = orders.dropna()", "a = orders.copy()"),
    "join": ("a = orders.merge(orders)", "a = orders.copy()"),
    "combine": ("a = pd.concat([orders, orders])", "a = orders.copy()"),
    "count": ('a = orders["city"].value_counts()', "a = orders.copy()"),
    "tabulate": ("a = pd.crosstab(y, y)", "a = orders.copy()"),
    "pivot": ("a = orders.pivot_table()", "a = orders.copy()"),
    "resample": ('a = orders.resample("D")', "a = orders.copy()"),
    "aggregate": ('a = orders.groupby("city").agg("sum")', "a = orders.copy()"),
    "encode": ("a = pd.get_dummies(orders)", "a = orders.copy()"),
    "impute": ("a = orders.fillna(0)", "a = orders.copy()"),
    "scale": ("a = StandardScaler().fit(X)", "a = orders.copy()"),
    "transform": ("a = np.log(X)", "a = orders.copy()"),
    "convert": ('a = pd.to_datetime(orders["day"])', "a = orders.copy()"),
    "clean": ("a = orders.drop_duplicates()", "a = orders.copy()"),
    "rename": ('a = orders.rename(columns={"city": "c"})', "a = orders.copy()"),
    "sort": ('a = orders.sort_values("city")', "a = orders.copy()"),
    "index": ('a = orders.set_index("city")', "a = orders.copy()"),
    "evaluate": ("a = accuracy_score(y, y)", "a = orders.copy()"),
    "compare": ("a = np.allclose(X, y)", "a = orders.copy()"),
    "check": ("a = sm.stats.jarque_bera(y)", "a = orders.copy()"),
    "simulate": ("a = np.random.normal(3)", "a = orders.copy()"),
    "shuffle": ("a = np.random.permutation(y)", "a = orders.copy()"),
    "bootstrap": ("a = orders.sample(3, replace=True)", "a = orders.copy()"),
    "bin": ("a = pd.cut(y, 3)", "a = orders.copy()"),
    "cluster": ("a = KMeans(3)", "a = orders.copy()"),
    "reduce": ("a = PCA(2)", "a = orders.copy()"),
    "smooth": ("a = y.rolling(3)", "a = orders.copy()"),
    "solve": ("a = np.linalg.solve(X, y)", "a = orders.copy()"),
    "differentiate": ("a = y.diff()", "a = orders.copy()"),
    "correlate": ("a = orders.corr()", "a = orders.copy()"),
    "tokenize": ("a = word_tokenize(y)", "a = orders.copy()"),
    "weight": ("a = np.average(y)", "a = orders.copy()"),
    "replace": ("a = orders.replace(1, 2)", "a = orders.copy()"),
    "add": ("a = orders.assign(b=1)", "a = orders.copy()"),
    "clip": ("a = y.clip(1)", "a = orders.copy()"),
    "round": ("a = y.round(1)", "a = orders.copy()"),
    "print": ("print(y)", "a = orders.copy()"),
    "describe": ("a = orders.describe()", "a = orders.copy()"),
    "animate": ("a = FuncAnimation(fig, f)", "a = orders.copy()"),
    "configure": ('plt.rcParams["a"] = 1', "orders.sum()"),
    "style": ("orders.opts(color=1)", "a = orders.copy()"),
    "connect": ('a = sqlite3.connect("a.db")', "a = orders.copy()"),
    "map": ("a = folium.Map()", "a = orders.copy()"),
    "embed": ("a = TSNE(2)", "a = orders.copy()"),
    "search": ("a = GridSearchCV(m)", "a = orders.copy()"),
    "compute": ("a = y.abs()", 'plt.plot(orders["amount"])'),
    "run": ("a = f(y)", "a = y"),
    "create": ("a = y.abs()", 'plt.plot(orders["amount"])'),
    "linearize": ("a = m.linearize(y)", "a = orders.copy()"),
}


def _is_true(verb: str, code: str) -> bool:
    from nb2pkg.facts.libraries import Aliases
    from nb2pkg.plan.names import from_text
    from nb2pkg.plan.names.work import Work

    read = facts.analyze(build.notebook([code]))[0].statements
    aliases = Aliases(
        {"plt": "matplotlib.pyplot", "np": "numpy", "pd": "pandas", "sm": "statsmodels.api"}
    )
    bound = tuple(name for f in read for name in f.bound)
    work = Work(read, bound, frozenset(), frozenset({"orders", "X", "y", "m"}), aliases, {})
    return from_text.is_true(work, verb)


@pytest.mark.parametrize("verb", TRUTHS)
def test_a_verb_is_true_of_what_does_it_and_of_nothing_else(verb: str) -> None:
    does, does_not = TRUTHS[verb]
    assert _is_true(verb, does)
    assert not _is_true(verb, does_not)


def test_each_verb_of_the_table_has_a_test() -> None:
    others = {name for name, row in verbs.table().items() if row.calls == (name,)}
    assert {*verbs.table()} - others <= {*TRUTHS}
    assert all(verbs.noun_of(verb) for verb in {*verbs.table()} - others)


@pytest.mark.parametrize("verb", ["flabbergast", "orders", "the", ""])
def test_a_word_that_the_table_has_not_is_true_of_nothing(verb: str) -> None:
    assert not verbs.is_true(verb, {verb, "read_csv"}, {"gives", "calls", "draws"})


@pytest.mark.parametrize(
    ("word", "base"),
    [
        ("loading", "load"),
        ("plots", "plot"),
        ("splitting", "split"),
        ("merging", "merge"),
        ("applies", "apply"),
        ("thing", ""),
        ("string", ""),
        ("class", ""),
        ("loaded", ""),
    ],
)
def test_the_base_of_a_verb(word: str, base: str) -> None:
    assert verbs.base(word) == base


# ---------------------------------------------------------------------------------- docstrings

DOCS = {
    "a comment that says more than the name": (
        cell(f"# Keep large orders, since small ones are mostly samples.\n{LARGE}"),
        "Keep large orders, since small ones are mostly samples.",
    ),
    "a sentence above, as an order": (
        cell(LARGE, above="We now keep large orders, since small ones are mostly samples."),
        "Keep large orders, since small ones are mostly samples.",
    ),
    "with the sentence behind it": (
        cell(LARGE, above="Keep large orders. Small ones are mostly samples."),
        "Keep large orders. Small ones are mostly samples.",
    ),
    "a verb that no call proves": (
        cell(LARGE, above="Leave out the orders that lack an amount."),
        "Leave out the orders that lack an amount.",
    ),
    "up to what does not stand alone": (
        cell(LARGE, above="Keep large orders that have an amount, as we saw above."),
        "Keep large orders that have an amount.",
    ),
}


@pytest.mark.parametrize(("text", "doc"), DOCS.values(), ids=DOCS)
def test_the_docstring_is_what_the_author_says(text: str, doc: str) -> None:
    assert [step.doc for step in plan(text).steps][-1] == doc


NO_DOCS = {
    "the name again": cell(f"# Keep the large orders!\n{LARGE}"),
    "a verb that the code belies": cell(
        f"# Save large orders, since they are needed later.\n{LARGE}"
    ),
    "praise": cell(LARGE, above="Correct!"),
    "a link": cell(LARGE, above="Keep large orders as in https://example.org/orders"),
    "half a sentence": cell(LARGE, above="Keep large orders with"),
    "a list of what follows": cell(LARGE, above="Keep large orders that are:\n\n- paid\n- new"),
    "markup": cell(LARGE, above="Keep large orders with $x > 9$ alone."),
    "numbers of this run": cell(LARGE, above="Keep large orders, which are 12 rows of it."),
    "what is said of the result": cell(LARGE, above="We see that large orders are rare."),
    "the comment of the first half": cell(
        "# Keep large orders, since they matter\n"
        + LARGE
        + "\n# Count cities\nn = large.city.nunique()"
    ),
    "the comment of the next cell": cell(LARGE + "\n# Count the cities of the orders"),
    "a question": cell(LARGE, above="Keep large orders, since they matter?"),
}


@pytest.mark.parametrize("text", NO_DOCS.values(), ids=NO_DOCS)
def test_what_is_no_docstring(text: str) -> None:
    assert [step.doc for step in plan(text).steps][-1] == ""


IN_PLACE = "orders['city'] = orders.city.str.lower()\norders['big'] = orders.amount > 9"


@pytest.mark.parametrize(
    ("above", "said"),
    [
        ("", "Changes orders in place."),
        ("Tidy up!", "Changes orders in place."),
        (
            "Mark big orders, since small ones are mostly samples.",
            "Mark big orders, since small ones are mostly samples.\n\nChanges orders in place.",
        ),
    ],
)
def test_that_it_changes_what_it_is_given_is_said_beside_the_author(above: str, said: str) -> None:
    made = plan(cell(IN_PLACE, above=above))
    (step,) = made.steps
    assert step.mutates == ("orders",)
    text = render_module(made, made.modules[0])
    function = next(part for part in ast.parse(text).body if isinstance(part, ast.FunctionDef))
    assert ast.get_docstring(function) == said


@pytest.mark.parametrize(
    ("body", "is_said"),
    [
        ('orders["big"] = orders["n"] > 3', True),
        ("orders.index = range(3)", True),
        ('orders.drop(columns="n", inplace=True)', True),
        ('del orders["n"]', True),
        ("orders.sort()", False),
        ("orders.add(3)", False),
        ('orders.copy()["big"] = 1', False),
        ('orders = orders.copy()\norders["big"] = 1', False),
    ],
)
def test_only_what_surely_changes_is_said_to_be_changed(body: str, is_said: bool) -> None:
    step = Step("f", "m", 0, 1, (0,), ("orders",), (), (), body, mutates=("orders",))
    text = modules.step(Style(), step, Signature())
    assert ("Changes orders in place." in text) is is_said


@pytest.mark.parametrize(
    ("doc", "name", "restates"),
    [
        ("Make n.", "make_n", True),
        ("Load the data into a table.", "load_data_into_table", True),
        ("Loads data.", "load_data", True),
        ("Load the data of one year.", "load_data", False),
    ],
)
def test_the_name_again(doc: str, name: str, restates: bool) -> None:
    assert docstrings.is_restating(doc, name) is restates


# ------------------------------------------------------------------------------------- modules

MODULES = {
    "Clean the measurements": "measurements",
    "Draw Bode plots": "bode_plots",
    "2. Loading the exports": "exports",
    "Compare": "comparison",
    "Test for unit roots": "unit_roots",
    "Import the rates": "rates",
    "Part 4: Irregular windows": "irregular_windows",
    "Revenue by day and city of the stores": "revenue",
    "Time delays": "time_delays",
}


@pytest.mark.parametrize(("heading", "module"), MODULES.items())
def test_a_module_is_called_by_a_noun(heading: str, module: str) -> None:
    found = plan(cell(LARGE, above=f"## {heading}"))
    assert found.modules[-1].name == module


def test_sections_about_one_thing_are_one_module() -> None:
    """No second name with a number or a filler for it."""
    text = cell(LARGE, above="## Clean the orders (of firms)")
    text += "\n# %% [markdown]\n# ## Clean the orders (of consumers)\n# %%\n"
    text += "paid = orders.dropna()\npaid = paid.assign(net=paid.amount * 0.8)\npaid.net.sum()"
    text += "\n# %% [markdown]\n# ## Revenue\n# %%\n"
    text += "cities = paid.groupby('city').net.sum()\ncities = cities.sort_values() / 2\ncities"
    made = plan(text)
    assert [len(module.steps) for module in made.modules] == [2, 1]
    assert made.modules[0].doc == "Clean the orders (of firms). Clean the orders (of consumers)."
    assert made.modules[1].name == "revenue"


def test_a_module_says_its_heading_and_what_stands_below_it() -> None:
    above = "## Clean the orders\n\nOnly paid orders count. See https://example.org.\n\nAnd so on"
    assert (
        plan(cell(LARGE, above=above)).modules[-1].doc
        == "Clean the orders.\n\nOnly paid orders count."
    )
    assert plan(cell(LARGE, above="## Time delays")).modules[-1].doc == ""


def test_a_module_of_several_sections_says_all_of_them() -> None:
    text = '# %% [markdown]\n# ## Consumers\n# %% tags=["nb2pkg:segments"]\na = orders.copy()\na["b"] = 1\n'
    text += '# %% [markdown]\n# ## Firms\n# %% tags=["nb2pkg:segments"]\nc = orders.copy()\nc["b"] = 1\n'
    assert plan(text).modules[-1].doc == "Consumers. Firms."


# --------------------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("consumerTop2", ("consumer", "top")),
        ("df_clean", ("data", "clean")),
        ("res3", ("results",)),
        ("x_1", ()),
        ("HTTPServer", ("http", "server")),
    ],
)
def test_the_words_of_a_name(name: str, words: tuple[str, ...]) -> None:
    assert nouns.of_name(name) == words


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Phase portrait", ("phase", "portrait")),
        ("3.2 Residuals of the fit", ("residuals", "of", "fit")),
        ("What is this?", ()),
        ("Example", ()),
        ("How it works", ()),
        ("$x^2$", ()),
    ],
)
def test_the_words_of_a_title(title: str, words: tuple[str, ...]) -> None:
    assert phrases.of_title(title) == words


@pytest.mark.parametrize(
    ("returns", "seen", "expected"),
    [
        (
            ("table",),
            Signature(returned={"table": "Columns: a, b (float)."}),
            "Columns: a, b (float).",
        ),
        (
            ("one", "two"),
            Signature(returned={"one": "Columns: a (text)."}),
            "one: Columns: a (text).",
        ),
        (("table",), Signature(changes={"x": ""}), "Changes x in place."),
        (
            ("table",),
            Signature(changes={"x": "Adds a column to x: b (float)."}),
            "Adds a column to x: b (float).",
        ),
        (("table",), Signature(), None),
    ],
)
def test_a_docstring_without_words_of_the_author_says_what_a_run_saw(
    returns: tuple[str, ...], seen: Signature, expected: str | None
) -> None:
    step = Step("f", "m", 0, 1, (0,), (), (), returns, "table = one = two = 1")
    function = ast.parse(modules.step(Style(), step, seen)).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert ast.get_docstring(function) == expected
