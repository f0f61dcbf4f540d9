"""How are functions, classes and modules read? By name, and by what they say.

What is promoted moves from the notebook's `__main__` into a package: the module of a function or
a class is never part of it, unless there is nothing else to go by.
"""

from __future__ import annotations

import functools
import operator
import pkgutil
import sys
import sysconfig
import types
import typing
from typing import TYPE_CHECKING, Any

from . import insides
from .source import compiled, look_into, said_by
from .standard import GLOBAL_RANDOM
from .walk import Rule

if TYPE_CHECKING:
    from .walk import Walk

# Never promoted, and large: their functions and classes are known by their names.
# fmt: off
LIBRARIES = frozenset({
    "IPython", "PIL", "altair", "arch", "arviz", "astropy", "attr", "attrs", "bokeh",
    "boost_histogram", "bs4", "builtins", "catboost", "control", "cudf", "cupy", "cv2",
    "dask", "datasets", "datashader", "duckdb", "fastai", "fiona", "flax", "folium", "gensim",
    "geopandas", "h5py", "hist", "holoviews", "hvplot", "imblearn", "iminuit", "ipykernel",
    "ipywidgets", "jax", "joblib", "keras", "lifelines", "lightgbm", "lightning",
    "linearmodels", "lxml", "matplotlib", "mlxtend", "mpl_toolkits", "narwhals", "netCDF4",
    "networkx", "nltk", "numba", "numpy", "openpyxl", "optuna", "pandas", "panel", "param",
    "patsy", "plotly", "polars", "prophet", "pyarrow", "pydantic", "pymc", "pyproj",
    "pyspark", "pytensor", "pytorch_lightning", "rasterio", "ray", "requests", "rich",
    "scipy", "seaborn", "shap", "shapely", "skimage", "sklearn", "spacy", "sqlalchemy",
    "statsmodels", "sympy", "tensorflow", "tensorflow_probability", "tokenizers", "toolz",
    "torch", "torchvision", "tornado", "tqdm", "transformers", "umap", "xarray", "xgboost",
    "yaml",
})
# fmt: on
STDLIB = sysconfig.get_paths()["stdlib"]


def _standard_modules() -> frozenset[str]:
    """Names of the standard library; Python before 3.10 does not tell them."""
    names: frozenset[str] | None = getattr(sys, "stdlib_module_names", None)
    if names is None:
        found = pkgutil.iter_modules([STDLIB, f"{STDLIB}/lib-dynload"])
        names = frozenset(sys.builtin_module_names).union(module.name for module in found)
    return names | {"builtins"}


STANDARD = _standard_modules()
_GENERATED = ("<string>", "<attrs generated")  # by `dataclass` and its like
_MAKER = "types"  # where `make_dataclass` has made a class, before Python 3.12
_MEMBERS = (types.FunctionType, classmethod, staticmethod, property)
_ACCESSORS = (operator.attrgetter, operator.itemgetter, operator.methodcaller)


def _function(walk: Walk, value: Any) -> None:
    _said(walk, value, 0, frozenset())


def _said(walk: Walk, function: Any, filled: int, named: frozenset[str]) -> None:
    """Name and source of a function, and what was hung on it."""
    walk.text(last_part(function.__qualname__))
    if not walk.first_visit(function):
        return
    wrapped = vars(function).get("__wrapped__")
    if wrapped is not None:
        walk.child(wrapped)
    if _is_librarys(function):
        if wrapped is not None and not _is_librarys(wrapped):
            look_into(walk, function)  # a decorator of a library around a function of the notebook
        return
    look_into(walk, function)
    walk.text(said_by(function, filled, named) or compiled(function.__code__))
    hung = {name: part for name, part in vars(function).items() if not name.startswith("__")}
    walk.items([*hung])
    walk.items([*hung.values()])


def _is_librarys(function: Any) -> bool:
    if type(function) is not types.FunctionType:
        return False
    module = function.__globals__.get("__name__")  # `wraps` changes the function's own
    return is_library(module, function.__code__.co_filename)


def is_library(module: Any, file: str) -> bool:
    """Is this code of a library, which no notebook can have been promoted into?"""
    top = insides.top_of(module) if type(module) is str else ""
    return (
        top in LIBRARIES or top in STANDARD or (file.startswith(STDLIB) and "-packages" not in file)
    )


def last_part(name: str) -> str:
    """`f` of `make.<locals>.f`: a function may move out of another one, or out of a notebook."""
    return name.rpartition(".")[2]


def _partial(walk: Walk, value: Any) -> None:
    """The function alone: promotion may bind data to it, and then calls it the same."""
    filled = 0
    named: frozenset[str] = frozenset()
    while type(value) is functools.partial:
        filled, named = filled + len(value.args), named | frozenset(value.keywords)
        walk.reached([*value.args, *value.keywords.values()])
        value = value.func
    if type(value) is types.FunctionType:
        _said(walk, value, filled, named)
    else:
        walk.child(value)


def _wrapper(walk: Walk, value: Any) -> None:
    """`lru_cache`: the function in it; what it remembers is not part of what it says."""
    inner = value.__wrapped__
    if type(inner) is types.FunctionType:
        _said(walk, inner, 0, frozenset())
    else:
        walk.child(inner)


def _compiled_dispatcher(walk: Walk, value: Any) -> None:
    walk.child(insides.attribute(value, "py_func"))


def _method(walk: Walk, value: Any) -> None:
    walk.child(value.__func__)
    walk.child(value.__self__)


def _builtin(walk: Walk, value: Any) -> None:
    """A compiled function by its name, a compiled method with its object."""
    walk.text(last_part(value.__qualname__))
    holder = value.__self__
    if type(holder) is not types.ModuleType and holder is not GLOBAL_RANDOM:
        walk.child(holder)


def by_name(walk: Walk, value: Any) -> None:
    """A function of a compiled library."""
    walk.text(value.__name__)


def _descriptor(walk: Walk, value: Any) -> None:
    walk.text(value.__name__)
    walk.text(insides.name_of(value.__objclass__))


def _accessor(walk: Walk, value: Any) -> None:
    walk.child(value.__reduce__()[1])


def _inner(walk: Walk, value: Any) -> None:
    walk.child(value.__func__)


def _cached_property(walk: Walk, value: Any) -> None:
    walk.child(value.func)


def _property(walk: Walk, value: Any) -> None:
    walk.items([value.fget, value.fset, value.fdel])


def _module(walk: Walk, value: Any) -> None:
    walk.text(types.ModuleType.__getattribute__(value, "__name__"))


def _class(walk: Walk, value: Any) -> None:
    """Name, bases, and the members of the body: each function as what it says."""
    walk.text(insides.name_of(value))
    module = insides.module_of(value)
    if not walk.first_visit(value) or (module != _MAKER and is_library(module, "")):
        return
    walk.items([insides.name_of(base) for base in insides.mro(value)])
    body = {name: part for name, part in insides.members(value).items() if _is_authored(name, part)}
    walk.items(sorted(body))
    walk.items([body[name] for name in sorted(body)])
    walk.items(_fields(insides.members(value)))


def _fields(members: Any) -> list[str]:
    """Names and options of which methods are generated: not by a person, so they tell nothing."""
    found = [*members.get("__dataclass_fields__", ())]
    found += [repr(members.get("__dataclass_params__", ""))]
    found += [field.name for field in members.get("__attrs_attrs__", ())]
    for keys in ("__required_keys__", "__optional_keys__"):  # of a TypedDict
        found += sorted(members.get(keys, ()))
    return found


def _is_authored(name: str, part: Any) -> bool:
    """Is a member something that a person wrote, and not what Python keeps in a class?"""
    if type(part) in (types.GetSetDescriptorType, types.MemberDescriptorType):
        return False
    if name.startswith("__"):
        made = type(part) is types.FunctionType and part.__code__.co_filename.startswith(_GENERATED)
        return type(part) in _MEMBERS and not made  # `dataclass` makes some without a source
    return name != "_abc_impl" and not name.startswith("_member_")


def _type_variable(walk: Walk, value: Any) -> None:
    walk.text(value.__name__)
    walk.items([value.__bound__, *value.__constraints__])


def _new_type(walk: Walk, value: Any) -> None:
    walk.text(value.__name__)
    walk.child(value.__supertype__)


_METHODS_OF_C = (types.WrapperDescriptorType, types.MethodDescriptorType)
# Before Python 3.10 it was a function.
_NEW_TYPES = (
    [(typing.NewType, Rule("new type", _new_type, tracked=False, whole=True))]
    if isinstance(typing.NewType, type)
    else []
)
RULES: list[tuple[Any, Rule]] = [
    (types.FunctionType, Rule("callable", _function, tracked=False, whole=True)),
    (functools.partial, Rule("callable", _partial, tracked=False, whole=True)),
    (functools._lru_cache_wrapper, Rule("callable", _wrapper, tracked=False, whole=True)),
    (types.MethodType, Rule("callable", _method, tracked=False, whole=True)),
    (types.BuiltinFunctionType, Rule("callable", _builtin, tracked=False, whole=True)),
    (types.MethodWrapperType, Rule("callable", _builtin, tracked=False, whole=True)),
    *((base, Rule("callable", _descriptor, tracked=False, whole=True)) for base in _METHODS_OF_C),
    (types.ClassMethodDescriptorType, Rule("callable", _descriptor, tracked=False, whole=True)),
    *((base, Rule("callable", _accessor, tracked=False, whole=True)) for base in _ACCESSORS),
    (classmethod, Rule("classmethod", _inner, tracked=False, whole=True)),
    (staticmethod, Rule("staticmethod", _inner, tracked=False, whole=True)),
    (property, Rule("property", _property, tracked=False, whole=True)),
    (functools.cached_property, Rule("property", _cached_property, tracked=False, whole=True)),
    (typing.TypeVar, Rule("type variable", _type_variable, tracked=False, whole=True)),
    *_NEW_TYPES,
    (types.ModuleType, Rule("module", _module, tracked=False, whole=True)),
    (type, Rule("class", _class, tracked=False, whole=True)),
]
LIBRARY_RULES = {
    "numba:Dispatcher": Rule("callable", _compiled_dispatcher, tracked=False, whole=True)
}
