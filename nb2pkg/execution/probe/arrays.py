"""How are arrays read: numpy, scipy.sparse, tensors? In bulk, and without a copy where it can be.

The order in memory is not part of the value: an array and its equal in Fortran order have one
digest. Nothing is imported: a library that the notebook did not load has no objects.
"""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Any

from . import insides
from .standard import leaf, rule
from .walk import SHORT, Rule

if TYPE_CHECKING:
    from .walk import Walk

CHUNK_BYTES = 1 << 20
PADDED = "gG"  # numbers of 80 bits in 128: the rest is whatever was there
PADDED_BYTES = 10


def numpy() -> Any:
    """The numpy of the notebook."""
    return sys.modules["numpy"]


def values(walk: Walk, array: Any) -> None:
    """Shape and type of an array of numpy, and what it holds."""
    walk.items([kind(array.dtype), *map(int, array.shape)])
    contents(walk, array)


def kind(dtype: Any) -> str:
    """Text of a type of numpy; the long form only where it says more."""
    return str(dtype.str if dtype.names is None else dtype)


def contents(walk: Walk, array: Any) -> None:
    """What an array holds, in the order of its indices."""
    dtype = array.dtype
    if dtype.names is not None:
        for name in dtype.names:  # between fields there may be bytes of no meaning
            values(walk, array[name])
    elif dtype.kind in "OT":
        walk.items(array.astype(object, copy=False).reshape(-1).tolist())
    elif dtype.char in PADDED:
        numbers = numpy().ascontiguousarray(array).reshape(-1).view("u1").reshape(-1, 16)
        walk.raw(numbers[:, :PADDED_BYTES].tobytes())
    elif array.flags.c_contiguous:
        walk.raw(flat_bytes(array))
    elif array.nbytes <= SHORT:
        walk.raw(flat_bytes(numpy().ascontiguousarray(array)))
    else:
        _in_chunks(walk, array)


def flat_bytes(array: Any) -> memoryview:
    """The memory of an array that lies in one piece."""
    return memoryview(array.reshape(-1).view("u1"))


def _in_chunks(walk: Walk, array: Any) -> None:
    """Same digest as of a contiguous copy, with a copy of a small part at a time."""
    crc, adler = 0, 1
    for part in _parts(array):
        data = flat_bytes(numpy().ascontiguousarray(part))
        crc, adler = zlib.crc32(data, crc), zlib.adler32(data, adler)
    walk.checksums(array.nbytes, crc, adler)


def _parts(array: Any) -> Any:
    """Parts of an array along its first axis, of about a megabyte; of parts, when they are larger."""
    row = array.nbytes // max(1, array.shape[0])
    if row > CHUNK_BYTES and array.ndim > 1:
        for part in array:
            yield from _parts(part)
        return
    step = max(1, CHUNK_BYTES // max(1, row))
    for start in range(0, array.shape[0], step):
        yield array[start : start + step]


def owner(walk: Walk, array: Any) -> None:
    """Note whose memory an array is a view of: two views of one buffer share it."""
    base = array
    while True:
        below = insides.attribute(base, "base")
        if below is None or not insides.has(type(base), numpy().ndarray):
            break
        base = below
    walk.buffers.add(id(base))
    walk.eyes.alive.append(base)


def _array(walk: Walk, value: Any) -> None:
    owner(walk, value)
    plain = numpy().asarray(value)
    walk.items([bool(value.flags.writeable)])
    values(walk, plain)


def _masked(walk: Walk, value: Any) -> None:
    """What lies under the mask is of no meaning."""
    owner(walk, value)
    state = dict(insides.state_of(value, walk.eyes.layout(type(value))))
    walk.items([state.get("_hardmask"), str(state.get("_fill_value"))])
    values(walk, numpy().ma.getmaskarray(value))
    values(walk, numpy().asarray(value.filled()))


def _scalar(walk: Walk, value: Any) -> None:
    values(walk, numpy().asarray(value))


def _many_scalars(walk: Walk, items: list[Any]) -> bool:
    """Numbers of numpy in a list, when all of them have one type of fixed size."""
    cls, base = type(items[0]), numpy()
    if not (insides.has(cls, base.number) or cls is base.bool_) or insides.has(
        cls, base.timedelta64
    ):
        return False
    values(walk, base.array(items, dtype=cls))
    return True


def _text_scalar(walk: Walk, value: Any) -> None:
    walk.items([value.item()])


def _dtype(walk: Walk, value: Any) -> None:
    walk.text(repr(value))


def _generator(walk: Walk, value: Any) -> None:
    walk.child(value.bit_generator)


def _bit_generator(walk: Walk, value: Any) -> None:
    walk.copied(value.state)


def _random_state(walk: Walk, value: Any) -> None:
    """Many objects of scipy hold the global one: its state is the process's, and not theirs."""
    if value is getattr(sys.modules.get("numpy.random.mtrand"), "_rand", None):
        walk.text("global")
    else:
        walk.copied(value.get_state(legacy=False))


def _seed_sequence(walk: Walk, value: Any) -> None:
    walk.copied(value.state)


def _named(walk: Walk, value: Any) -> None:
    walk.text(value.__name__)


def _own_state(walk: Walk, value: Any) -> None:
    """Compiled types that tell their state as plain arrays, as they do for copies."""
    walk.copied(value.__getstate__())


def write_state(walk: Walk, value: Any) -> bool:
    """Write what a compiled object says of its own state; False when it says nothing."""
    try:
        state = value.__reduce_ex__(2)
    except Exception:  # of a library
        return False
    if type(state) is not tuple:
        return False
    walk.text(getattr(state[0], "__name__", "?"))
    for part in state[1:]:
        walk.copied(part)
    return True


def _nothing(walk: Walk, value: Any) -> None:
    """All that there is to say is the class, and the attributes."""
    walk.attributes(value, CACHES)


def _tensor(walk: Walk, value: Any) -> None:
    walk.items([str(value.dtype), str(value.device), bool(value.requires_grad)])
    plain = value.detach().cpu()
    walk.buffers.add(plain.data_ptr())
    values(walk, plain.numpy())


def _image(walk: Walk, value: Any) -> None:
    """A picture of PIL; one that was not read from its file yet stays unread."""
    walk.items([value.mode, *value.size])
    if getattr(value, "_im", getattr(value, "im", None)) is None:
        walk.opaque("picture not read yet")
    else:
        walk.raw(value.tobytes())


def _sympy(walk: Walk, value: Any) -> None:
    walk.text(sys.modules["sympy"].srepr(value))


def _geometry(walk: Walk, value: Any) -> None:
    walk.raw(value.wkb)


# What sparse matrices and arrays of xarray found out about themselves, when they were asked.
CACHES = frozenset({"_has_sorted_indices", "_has_canonical_format", "__networkx_cache__"})
_STATEFUL = rule(_own_state)
LIBRARY_RULES: dict[str, Rule] = {
    "numpy:MaskedArray": rule(_masked, without=frozenset({"_mask", "_data", "_basedict"})),
    "numpy:ndarray": rule(_array, without=frozenset({"_mmap"})),
    "numpy:str_": leaf(_text_scalar),
    "numpy:bytes_": leaf(_text_scalar),
    "numpy:generic": leaf(_scalar, _many_scalars)._replace(whole=True),
    "numpy:dtype": leaf(_dtype),
    "numpy:ufunc": Rule("callable", _named, tracked=False, whole=True),
    "numpy:_ArrayFunctionDispatcher": Rule("callable", _named, tracked=False, whole=True),
    "numpy:Generator": rule(_generator),
    "numpy:BitGenerator": rule(_bit_generator),
    "numpy:RandomState": rule(_random_state),
    "numpy:SeedSequence": rule(_seed_sequence),
    "scipy:spmatrix": rule(_nothing),
    "scipy:_spbase": rule(_nothing),
    "xgboost:Booster": _STATEFUL,
    "lightgbm:Booster": _STATEFUL,
    "torch:Tensor": rule(_tensor),
    "PIL:Image": rule(_image),
    "sympy:Basic": leaf(_sympy),
    "shapely:BaseGeometry": leaf(_geometry),
    "networkx:Graph": rule(_nothing),
}
