"""Small notebooks, one trap each: name of the trap, then the sources of its cells.

What promotion makes of them must behave as they do, or say that it does not. They go where the
hazard notebooks do not: mostly functions that read data late, and names with several lives.
"""

from __future__ import annotations

from typing import Any

Cells = list[str | dict[str, Any]]


def ran(*sources: str) -> Cells:
    """Code cells as they are saved after a run from top to bottom without an error."""
    return [
        {"cell_type": "code", "source": source, "metadata": {}, "execution_count": count}
        for count, source in enumerate(sources, start=1)
    ]


TRAPS: dict[str, Cells] = {
    "abc_register": [
        "from abc import ABC\nclass S(ABC): pass\nclass T: pass\nS.register(T)",
        "t=T()\nok=isinstance(t,S)\nprint(ok)",
    ],
    "accum": [
        "total=0\nfor i in range(4):\n    total+=i",
        "total*=2\navg=total/4\nprint(avg)",
        "total",
    ],
    "agg_keeps": [
        "class A:\n    def agg(self, fs): self.fs=fs; return self\nk=1\na=A()\na.agg([lambda: k]);",
        "k=2\nr=a.fs[0]()\nprint(r)",
    ],
    "agg_list": [
        "import pandas as pd\ndf=pd.DataFrame({'g':[1,1,2],'v':[1,2,3]})\nu=2",
        "o=df.groupby('g')['v'].agg([lambda s: s.max()*u, 'sum'])\nu=3\no2=df.agg({'v':[lambda s: s.sum()*u]})\nprint(o,o2)",
    ],
    "append_alias": [
        "x=[1]\ny=x\ny.append(2)",
        "class L(list):\n    def append(self, v):\n        super().append(v)\n        return self\nz=L()\nz.append(1)",
        "z=z+[3]\nz.append(4)",
        "print(x,y,z)",
    ],
    "assert_mid": ["x=[1,2]\nassert len(x)==2\ny=x+[3]\nassert y[-1]==3, 'no'"],
    "ast_like_text": [
        "src='''def f():\n    return 1\n'''\nns={}\nexec(src,ns)\nr=ns['f']()\nprint(r)"
    ],
    "async_comp": [
        "import asyncio\nasync def gen(n):\n    for i in range(n):\n        yield i*w\nw=2",
        "xs=[x async for x in gen(3)]",
        "w=3\nys=[x async for x in gen(3)]\nprint(xs,ys)",
    ],
    "async_def": [
        "import asyncio\nasync def co(x):\n    await asyncio.sleep(0)\n    return x*2",
        "r=await co(2)\nprint(r)",
        "rs=await asyncio.gather(co(1),co(3))\nprint(rs)",
    ],
    "async_for_with": [
        "import asyncio\nfrom contextlib import asynccontextmanager\nlog=[]\n@asynccontextmanager\nasync def cm(n):\n    log.append(n)\n    yield n\n    log.append(-n)",
        "async with cm(3) as v:\n    await asyncio.sleep(0)\n    got=v+1",
        "total=0\nasync def g():\n    for i in (1,2): yield i\nasync for z in g():\n    total+=z\nprint(total,log,got,z)",
    ],
    "aug_attr": ["class S: pass\ns=S(); s.n=1\nt=s\ns.n+=1", "t.n*=5\nprint(s.n)"],
    "await_coroutine_kept": [
        "import asyncio\nasync def f(x): return x*k\nk=2\nco=f(3)",
        "k=7\nr=await co\nprint(r)",
    ],
    "await_created_later": [
        "import asyncio\nasync def f(x): return x*k\nk=2",
        "t=asyncio.ensure_future(f(1))\nk=7\nr=await t\nprint(r)",
    ],
    "await_event_bound": [
        "import asyncio\nev=asyncio.Event()\nlock=asyncio.Lock()\nout=[]",
        "async with lock:\n    out.append(1)\n    ev.set()\nawait ev.wait()",
        "t=asyncio.create_task(ev.wait())\ndone=await t\nprint(done,out)",
    ],
    "await_gather_star": [
        "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return x*k\nk=2",
        "r=await asyncio.gather(*[f(i) for i in range(3)])",
        "k=5\nr2=await asyncio.gather(*(f(i) for i in range(3)))\nprint(r,r2)",
    ],
    "await_gather_try": [
        "import asyncio\nlog=[]\nk=1\nasync def bad(): raise ValueError('x')\nasync def slow():\n    await asyncio.sleep(0.01)\n    log.append(k)",
        "try:\n    await asyncio.gather(bad(), slow())\nexcept ValueError:\n    err=1\nk=9\nawait asyncio.sleep(0.05)\nprint(log,err)",
    ],
    "await_global_write": [
        "import asyncio\nn=0\nasync def inc():\n    global n\n    for _ in range(3):\n        n+=1\n        await asyncio.sleep(0)",
        "t=asyncio.ensure_future(inc())\nm=n\nawait asyncio.sleep(0)\nm2=n\nawait t\nprint(m,m2,n)",
    ],
    "await_in_fn_chain": [
        "import asyncio\nrate=2\nasync def a(x): return x*rate\nasync def b(x):\n    y=await a(x)\n    return y+1",
        "r=await b(1)\nrate=10\nr2=await b(1)",
        "t=asyncio.ensure_future(b(2))\nrate=100\nr3=await t\nprint(r,r2,r3)",
    ],
    "await_lambda_later": [
        "import asyncio\nlog=[]\nk=1",
        "loop=asyncio.get_running_loop()\nh=loop.call_later(0.01, lambda: log.append(k))\nk=5\nawait asyncio.sleep(0.05)",
        "print(log)",
    ],
    "await_lambda_same_cell": [
        "import asyncio\nlog=[]\nk=1",
        "loop=asyncio.get_running_loop()\nloop.call_soon(lambda: log.append(k))\nk=5\nawait asyncio.sleep(0.01)\nprint(log)",
    ],
    "await_loop_rebinds": [
        "import asyncio\nlog=[]\nasync def tick():\n    for _ in range(6):\n        log.append(m)\n        await asyncio.sleep(0)",
        "t=asyncio.ensure_future(tick())\nfor m in (1,2,3):\n    await asyncio.sleep(0)\nawait t",
        "print(log,m)",
    ],
    "await_task_reads_new": [
        "import asyncio\nq=asyncio.Queue()\nlog=[]\nasync def worker():\n    while True:\n        item=await q.get()\n        if item is None: return len(log)\n        log.append(item*mult)\nmult=1\ntask=asyncio.ensure_future(worker())",
        "mult=10\nawait q.put(6)\nawait asyncio.sleep(0.05)\nmult=100\nawait q.put(7)\nawait asyncio.sleep(0.05)",
        "await q.put(None)\nn=await task\nprint(n,log)",
    ],
    "ax_reuse": [
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nfig,axs=plt.subplots(1,2)\naxs[0].plot([1,2])",
        "axs[1].plot([2,1])\nfig.suptitle('s')\nfig",
    ],
    "bool_ops_bind": ["x=None\ny=x or [1]\n(z:=y) and z.append(2)", "print(y,z)"],
    "builtin_maybe": ["vals=[3,1]\nif len(vals)>5:\n    min=min(vals)", "m=min([4,2])\nprint(m)"],
    "builtin_taken": ["vals=[3,1]\nmax=max(vals)", "m=max+1\nprint(m,max)"],
    "callable_obj": [
        "p=2\nclass Call:\n    def __call__(self,x): return x*p\nc=Call()",
        "r=list(map(c,[1,2]))\np=3\nr2=[c(1)]\nprint(r,r2)",
    ],
    "capture_cell": [
        "%%capture out\nprint('x')\na=[1]",
        "print(out.stdout, a)\na.append(2)\nprint(a)",
    ],
    "capture_fn": ["%%capture c\nprint('q')\nv=[2]", "v.append(len(c.stdout))\nprint(v)"],
    "cb_register_fn": [
        "handlers={}\ndef on(name):\n    def wrap(fn):\n        handlers[name]=fn\n        return fn\n    return wrap",
        "lvl=1\n@on('a')\ndef ha(): return lvl",
        "r1=handlers['a']()\nlvl=2\nr2=handlers['a']()\nprint(r1,r2)",
    ],
    "cd_magic": [
        "import os\nos.makedirs('dd',exist_ok=True)\nb=os.getcwd()",
        "%cd -q dd\nopen('z.txt','w').close()",
        "%cd -q ..\nprint(os.path.exists('dd/z.txt'), os.getcwd()==b)",
    ],
    "cell_semis_end": ["import numpy as np\nnp.arange(3);", "x=np.arange(3)\nx;"],
    "chained_cmp": ["a=b=c=[]\na.append(1)", "b=b+[2]\nc.append(3)\nprint(a,b,c,a is c)"],
    "chdir": [
        "import os\nos.makedirs('sub',exist_ok=True)\nhere=os.getcwd()\nos.chdir('sub')\nopen('a.txt','w').write('x')",
        "os.chdir('..')\nprint(os.path.exists('sub/a.txt'))",
    ],
    "class_base_data": [
        "def make(): return dict\nB=make()\nclass C(B):\n    pass",
        "c=C(a=1)\nprint(c)",
    ],
    "class_body_own": [
        "n=2\ndata=[1,2]\nclass C:\n    n=n+1\n    size=len(data)\n    def get(self): return data",
        "c=C()\ndata.append(3)\nprint(C.n,C.size,c.get(),n)",
    ],
    "class_closure": [
        "lim=[1]\nclass C:\n    seen=0\n    def get(self):\n        C.seen+=1\n        return lim[0]",
        "c=C()\na=c.get()",
        "lim.append(2)\nlim[0]=9\nb=C().get()\nprint(a,b,C.seen,isinstance(c,C))",
    ],
    "class_counter": [
        "class C:\n    n=0\n    def __init__(s): C.n+=1; s.i=C.n",
        "a=C(); b=C()",
        "class C(C):\n    pass\nc=C()\nprint(a.i,b.i,c.i,C.n)",
    ],
    "class_exception": [
        "codes=[404]\nclass Gone(Exception):\n    def __str__(self): return f'gone {codes[0]}'",
        "try:\n    raise Gone('x')\nexcept Gone as e:\n    msg=str(e); kind=type(e).__name__\nprint(msg,kind)",
    ],
    "class_in_loop_run": [
        "lims=[1,2]\nclass C:\n    lims=list(lims)\n    def get(self): return lims[0]\nc=C()\nlims[0]=7\nd=C().get()",
        "print(c.get(),d,C.lims)",
    ],
    "class_namedtuple": [
        "from typing import NamedTuple\nlim=3\nclass P(NamedTuple):\n    x: int = lim\nlim=4",
        "p=P()\nprint(p, lim)\np",
    ],
    "class_pickled": [
        "import pickle\nlim=[1]\nclass C:\n    def get(self): return lim[0]",
        "c=pickle.loads(pickle.dumps(C()))\nprint(c.get())",
    ],
    "class_private": [
        "__lim=3\n_C__lim=4\nclass C:\n    def get(self): return __lim",
        "x=C().get()\nprint(x)",
    ],
    "class_qualname": [
        "from dataclasses import dataclass\n@dataclass\nclass B:\n    x:int=1",
        "lim=[5]\nclass S(B):\n    def top(self): return lim[0]",
        "s=S()\nprint(s, s.top())\ntext=repr(s)",
    ],
    "class_reads_later": [
        "class C:\n    def get(self): return later[0]",
        "later=[5]\nx=C().get()\nprint(x)",
    ],
    "class_rebound": [
        "lim=[1]\nclass C:\n    def get(self): return lim[0]",
        "c=C()\na=c.get()",
        "lim=[2]\nb=c.get()\nprint(a,b)",
    ],
    "class_subclass_hook": [
        "seen=[]\nclass Base:\n    def __init_subclass__(cls): seen.append(cls.__qualname__)",
        "lim=[1]\nclass C(Base):\n    def get(self): return lim[0]",
        "x=C().get()\nprint(seen,x)",
    ],
    "class_super_closure": [
        "log=[]\nclass C(dict):\n    def __init__(self,*a):\n        super().__init__(*a)\n        log.append(len(self))",
        "c=C({'a':1})\nd=C()\nprint(log,c,d)",
    ],
    "class_two_versions_data": [
        "k=[1]\nclass C:\n    def get(self): return k[0]\na=C()",
        "class C:\n    def get(self): return -k[0]\nb=C()\nprint(a.get(),b.get(),isinstance(a,C))",
    ],
    "class_typeerror": [
        "lim=[1]\nclass C:\n    def __init__(self,a): self.a=a+lim[0]",
        "try:\n    C()\nexcept TypeError as error:\n    msg=str(error)\nprint(msg)",
    ],
    "closure_before_data": ["def g(x): return x+late", "late=3\nr=list(map(g,[1]))", "print(r)"],
    "closure_loop_rebind": [
        "w=0\ndef g(x): return x+w\nout=[]\nfor w in (1,2):\n    out.append(list(map(g,[1])))",
        "print(out,w)",
    ],
    "closure_mut": [
        "cfg={'a':1}\ndef f(x): return x+cfg['a']",
        "r=list(map(f,[1,2]))\ncfg['a']=10",
        "r2=list(map(f,[1,2]))\nprint(r,r2)",
    ],
    "closure_rebind_same_cell": [
        "v=1\ndef f(x): return v+x\nr=list(map(f,[1]))\nv=5\nr2=list(map(f,[1]))\nprint(r,r2)"
    ],
    "closure_same_cell": [
        "v=[1]\ndef f(x): return len(v)+x\nr=list(map(f,[1]))\nv.append(2)\nr2=list(map(f,[1]))\nprint(r,r2)"
    ],
    "closure_typeerror": [
        "v=[1]\ndef f(x): return len(v)+x\nr=list(map(f,[1]))",
        "try:\n    f()\nexcept TypeError as e:\n    msg=str(e)\nprint(msg)",
    ],
    "cls_attr_fn": [
        "unit=1\nclass K:\n    pass\ndef area(self): return self.w*unit\nK.area=area",
        "k=K(); k.w=3\na=k.area()\nunit=10\nb=k.area()\nprint(a,b)",
    ],
    "comment_only_end": ["x=[1]\nx # show\n# end"],
    "comprehension_cond": [
        "ys=[1,2,3,4]\nthr=2\nbig=[y for y in ys if y>thr]",
        "thr=3\nbig2=[y for y in ys if y>thr]\nprint(big,big2)",
    ],
    "cond_def": [
        "import sys\nif sys.version_info[0]>2:\n    def h(x): return x+1\nelse:\n    def h(x): return x",
        "k=h(2)\nprint(k)",
    ],
    "cond_import": [
        "import sys\nif sys.version_info>(3,):\n    import math as m\nelse:\n    m=None",
        "r=m.floor(2.5)\nprint(r)",
    ],
    "contextvar": [
        "from contextvars import ContextVar\ncv=ContextVar('cv',default=0)\ndef get(): return cv.get()",
        "tok=cv.set(5)\na=get()",
        "cv.reset(tok)\nb=get()\nprint(a,b)",
    ],
    "copy_deep": [
        "import copy\nclass N:\n    def __init__(s): s.k=[1]\nn=N()",
        "m=copy.deepcopy(n)\nm.k.append(2)\nprint(n.k,m.k)",
    ],
    "copyreg_isinstance": [
        "class A: pass\nx=A()",
        "class A: pass\ny=A()\nprint(isinstance(x,A), isinstance(y,A))",
    ],
    "ctx_mgr_bind": [
        "import contextlib,io\nbuf=io.StringIO()\nwith contextlib.redirect_stdout(buf):\n    print('in')\nt=buf.getvalue()",
        "print(t.strip())",
    ],
    "ctxmgr_late": [
        "name='a'\nfrom contextlib import contextmanager\n@contextmanager\ndef cm():\n    yield name\n",
        "with cm() as v: pass\nname='b'\nwith cm() as w: pass\nprint(v,w)",
    ],
    "cwd_files": [
        "with open('made.txt','w') as f: f.write('hi')",
        "import os\ntxt=open('made.txt').read()\nex=os.path.exists('made.txt')\nprint(txt,ex)",
    ],
    "dataclass_repr": [
        "from dataclasses import dataclass\n@dataclass\nclass D:\n    a:int=1",
        "d=D(); d2=D(2)\nd",
    ],
    "decor_user": [
        "def deco(fn):\n    def inner(*a): return fn(*a)+off\n    return inner\noff=1",
        "@deco\ndef q(x): return x",
        "a=q(1)\noff=10\nb=q(1)\nprint(a,b)",
    ],
    "decor_user2": [
        "def deco(fn):\n    def inner(*a): return fn(*a)+off\n    return inner\noff=1",
        "@deco\ndef q(x): return x\na=q(1)\noff=10\nb=q(1)\nprint(a,b)",
    ],
    "default_data": ["n=3\ndef h(x,k=n): return x*k", "a=h(2)\nn=5\nb=h(2)", "print(a,b)"],
    "default_mut": [
        "base=[1]\ndef h(x,k=base): k.append(x); return len(k)",
        "a=h(1)\nb=h(1)\nprint(a,b,base)",
    ],
    "del_reuse": ["x=[1]\ny=x", "del x\nx=[2]\nz=x+y\nprint(z)"],
    "del_then_err": ["x=1\ndel x\ntry:\n    x\nexcept NameError:\n    y='gone'", "print(y)"],
    "df_attr": [
        "import pandas as pd\ndf=pd.DataFrame({'a':[1]})\ndf.attrs['u']=1\nd2=df.copy()",
        "d2.attrs['u']=2\nprint(df.attrs,d2.attrs)",
    ],
    "df_pipe_fn": [
        "import pandas as pd\ndf=pd.DataFrame({'a':[1,2]})\nfac=2\ndef scale(d): return d*fac",
        "o=df.pipe(scale)\nfac=3\no2=df.pipe(scale)\nprint(o,o2)",
    ],
    "df_query_local": [
        "import pandas as pd\ndf=pd.DataFrame({'a':[1,2,3]})\nt=1",
        "r=df.query('a > @t')\nt=2\nr2=df.query('a>@t')\nprint(len(r),len(r2))",
    ],
    "dict_of_lambdas": [
        "k=1\nd=dict(f=lambda: k)\nfs=list((lambda: k,))",
        "k=5\nr=d['f']()+fs[0]()\nprint(r)",
    ],
    "dict_order": [
        "s={'b','a'}\nl=sorted(s)\nd={k:i for i,k in enumerate(l)}",
        "d['c']=9\nd2=d\nd2.pop('a')",
        "print(d, d is d2)",
    ],
    "display_side": ["xs=[3,4]\nxs.pop()", "xs.pop();", "print(xs)"],
    "display_then_change": [
        "import pandas as pd\ndf=pd.DataFrame({'a':[1,2]})\ndisplay(df)\ndf['b']=df.a*2\ndisplay(df)\ndf['c']=0\ndf"
    ],
    "doc_string_cell": ["'''just a docstring'''", "x=[1]*2\n'end'"],
    "ellipsis_pass": ["y = ...", "pass", "x=len('a')\npass"],
    "enum_cls": [
        "from enum import Enum\nclass Col(Enum):\n    R=1\n    G=2",
        "x=Col.R\ny=Col(2)\nprint(x,y,x is Col.R)\nx",
    ],
    "env_magic": ["%env FOO_Z=5\nimport os\nv=os.environ['FOO_Z']", "print(v)"],
    "exc_tb": [
        "def bad(): return 1/0",
        "try:\n    bad()\nexcept Exception:\n    import traceback\n    s=traceback.format_exc()\nprint(s.splitlines()[-1])",
    ],
    "except_name": [
        "e=5\ntry:\n    1/0\nexcept ZeroDivisionError as e:\n    msg=str(e)",
        "try:\n    print(e)\nexcept NameError:\n    print('gone', msg)",
    ],
    "exec_name": ["code='w=5'\nexec(code)", "v=w+1\nprint(v)"],
    "extend_of_fn": ["z=1\ndef f(): return z\nd=[]\nd.extend([f])", "z=2\nr=d[0]()\nprint(r)"],
    "figure_state": [
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nimport numpy as np\nx=np.arange(3)",
        "plt.figure()\nplt.plot(x,x**2)\nplt.title('t')",
        "ax=plt.gca()\nn=len(ax.lines)\nprint(n)",
    ],
    "finalizer": [
        "import weakref\nlog=[]\nclass R:\n    def __init__(s,n): weakref.finalize(s, log.append, n)",
        "tmp=R('x')\nn=len(log)",
        "print(n, log)",
        "tmp=R('y')\nprint(log)",
    ],
    "first_version_fn": [
        "def fact(n): return 1 if n<2 else n*fact(n-1)",
        "a=fact(4)\nold=fact",
        "def fact(n): return -1",
        "b=fact(4)\nprint(a,b,old(5))",
    ],
    "fit_chain": [
        "from sklearn.preprocessing import StandardScaler\nimport numpy as np\nX=np.arange(4.).reshape(-1,1)\nsc=StandardScaler()\nsc.fit(X)",
        "Z=sc.transform(X)\nprint(Z.ravel())",
    ],
    "fn_alias_thread": ["q=3\ndef f(x): return x*q", "h=f\na=h(1)\nq=4\nb=h(1)+f(1)\nprint(a,b)"],
    "fn_chain_three": [
        "a0=1\ndef f1(): return a0\ndef f2(): return f1()+1\ndef f3(): return f2()+1",
        "x=f3()\na0=10\ny=f3()\nprint(x,y)",
    ],
    "fn_comp_shadow": [
        "rate=2\ndef f(x): return x*rate",
        "a=[f(rate) for rate in (1,2)]\nprint(a, rate)",
    ],
    "fn_default_call": [
        "s=2\ndef f(a): return a*s\ndef g(x=f(3)): return x",
        "r=g()\ns=7\nr2=g()\nprint(r,r2)",
    ],
    "fn_display": ["def show(x):\n    display(x)\n    return x+1", "r=show(2)\nprint(r)"],
    "fn_eq_rebind": ["def f(): return 1\ng=f", "def f(): return 2\na=(f(),g())\nprint(a)"],
    "fn_in_dict_late": ["z=1\ndef f(): return z\nd={'f':f}", "z=2\nr=d['f']()\nprint(r)"],
    "fn_in_fstring": [
        "s=2\ndef f(a): return a*s",
        "t=f'{f(3)}-{f(4):>3}'\ns=4\nu=f\"{f(1)!r}\"\nprint(t,u)",
    ],
    "fn_kwargs": [
        "s=2\ndef f(**kw): return sum(kw.values())*s",
        "a=f(x=1,y=2)\ns=3\nb=f(x=1)\nprint(a,b)",
    ],
    "fn_local_shadow": [
        "rate=2\ndef f(x): return x*rate\ndef g(rate): return f(rate)",
        "a=g(5)\nprint(a)",
    ],
    "fn_nested_call": [
        "s=2\ndef f(a): return a*s",
        "r=f(f(f(1)))\nprint(r)",
        "s=3\nr=f(f(1)) if f(0)==0 else 0\nprint(r)",
    ],
    "fn_passed_step": [
        "q=3\ndef f(x): return x*q\ndef apply(fn,x): return fn(x)",
        "a=apply(f,2)",
        "q=5\nb=apply(f,2)\nprint(a,b)",
    ],
    "fn_redefined_data": [
        "k=1\ndef f(x): return x+k",
        "a=f(1)",
        "def f(x): return x-k\nb=f(1)",
        "k=10\nc=f(1)\nprint(a,b,c)",
    ],
    "fn_redefined_same_cell": ["def f(): return 1\na=f()\ndef f(): return 2\nb=f()\nprint(a,b)"],
    "fn_star_call": [
        "s=2\ndef f(*a): return sum(a)*s",
        "args=(1,2)\nr=f(*args)\ns=5\nr2=f(*args, 1)\nprint(r,r2)",
    ],
    "fn_then_var": ["def clean(x): return x+1\nclean=clean(2)", "d=clean*2\nprint(d)"],
    "for_else_bind": ["for a in []:\n    b=1\nelse:\n    b=2\nc=b+1", "print(b,c)"],
    "frame_depth": [
        "import sys\ndef d():\n    f=sys._getframe(1)\n    return f.f_code.co_name",
        "x=d()\nprint(x)",
    ],
    "fstr_nested": ["w=5\ns=f'{w:>{w}}'", "u=f\"{s!r} {'y' if w else 'n'}\"\nprint(u)"],
    "func_attr_state": ["def f(): f.n+=1; return f.n\nf.n=0", "a=f(); b=f()\nprint(a,b,f.n)"],
    "future_ann": [
        "from __future__ import annotations\ndef f(x: Undefined) -> Nope: return x",
        "r=f(1)\nprint(r, f.__annotations__)",
    ],
    "gen_state": [
        "def g():\n    while True:\n        yield step\nit=g()\nstep=1",
        "a=next(it)\nstep=2\nb=next(it)\nprint(a,b)",
    ],
    "generator_expr_late": [
        "xs=[1,2,3]\nm=2\ngen=(x*m for x in xs)",
        "m=10\nout=list(gen)\nprint(out)",
    ],
    "getattr_mod": ["import math\nname='sqrt'\nf=getattr(math,name)", "r=f(16)\nprint(r)"],
    "getitem_late": [
        "off=0\nclass L(list):\n    def __getitem__(s,i): return list.__getitem__(s,i)+off",
        "l=L([1,2])",
        "off=5\nx=l[0]\noff=7\ny=l[0]\nprint(x,y)",
    ],
    "global_fn_swap": [
        "def f(): return 1\ndef g(): return f()",
        "def swap():\n    global f\n    f=lambda: 2",
        "a=g()\nswap()\nb=g()\nprint(a,b)",
    ],
    "global_in_nested": [
        "total=0\ndef run():\n    def inner():\n        global total\n        total+=1\n    inner(); inner()",
        "run()\nt1=total\nrun()\nprint(t1,total)",
    ],
    "global_kw": ["x=1\ndef setx():\n    global x\n    x=99", "y=x+1\nsetx()\nz=x+1\nprint(y,z)"],
    "global_kw2": [
        "x=[1]\ndef setx():\n    global x\n    x=x+[2]",
        "setx()\ny=len(x)\nsetx()\nz=len(x)\nprint(y,z)",
    ],
    "groupby_lambda": [
        "import pandas as pd\ndf=pd.DataFrame({'a':[1,1,2],'b':[1,2,3]})\nw=2",
        "r=df.groupby('a')['b'].apply(lambda s: (s*w).sum())",
        "w=3\nr2=df.groupby('a')['b'].apply(lambda s: (s*w).sum())\nprint(r.tolist(), r2.tolist())",
    ],
    "help_q": ["x=[3,1]\nx.sort?", "y=sorted(x)\nprint(y)"],
    "html_disp": [
        "from IPython.display import HTML, display\nh=HTML('<b>x</b>')\nh",
        "display(h)\ny=1",
    ],
    "import_as_twice": [
        "import numpy as np",
        "import numpy\nimport numpy as np\na=numpy.ones(2)+np.ones(2)",
        "print(a, np is numpy)",
    ],
    "import_inside_fn": [
        "def f():\n    import json\n    return json.dumps([1])",
        "r=f()\nprint(r)",
    ],
    "import_shadow_var": ["import json\ntext=json.dumps([1])", "json=5\nv=json+1\nprint(text,v)"],
    "inherit_late": [
        "class Base:\n    def go(self): return tag+self.x()\n    def x(self): return 1\ntag=1",
        "class Sub(Base):\n    def x(self): return 2\ns=Sub()",
        "tag=10\nr=s.go()\ntag=20\nr2=s.go()\nprint(r,r2)",
    ],
    "inspect_sig": [
        "import inspect\nr=2\ndef f(a,b=1): return a*r",
        "s=str(inspect.signature(f))\nv=f(3)\nprint(s,v)",
    ],
    "iter_late": [
        "m=1\nclass It:\n    def __iter__(s):\n        for i in range(2): yield i*m",
        "it=It()",
        "m=3\na=list(it)\nm=4\nb=list(it)\nprint(a,b)",
    ],
    "iter_share": [
        "it=iter(range(5))\na=next(it)",
        "b=list(zip(it,it))\nprint(a,b)",
        "c=next(it,'end')\nprint(c)",
    ],
    "lambda_default": [
        "fs=[lambda x,i=i: x+i for i in range(3)]",
        "r=[f(1) for f in fs]\nprint(r)",
    ],
    "lambda_late_i": [
        "fs=[]\nfor i in range(3): fs.append(lambda: i)",
        "r=[f() for f in fs]\nprint(r)",
        "i=100\nr2=[f() for f in fs]\nprint(r2)",
    ],
    "last_version_fn": [
        "def fact(n): return 1",
        "a=fact(3)\nold=fact",
        "def fact(n): return 1 if n<2 else n*fact(n-1)",
        "b=fact(4)\nprint(a,b,old(5))",
    ],
    "last_version_rebound": [
        "def f(n): return 0",
        "def f(n): return n if n<1 else f(n-1)+1\ng=f",
        "a=f(3)\nf=lambda n: 100\nb=g(3)\nprint(a,b)",
    ],
    "late_import_fn": ["def f(): return math.pi\nimport math", "r=round(f(),2)\nprint(r)"],
    "late_in_dict": [
        "rate=2\nfns={'f': lambda x: x*rate}",
        "def call(k,x): return fns[k](x)",
        "a=call('f',3)",
        "rate=5\nb=call('f',3)\nprint(a,b)",
    ],
    "line_cont": ["a = 1 + \\\n    2\nb = [a,\n     2]", "c=(a\n   + b[1])\nprint(a,b,c)"],
    "locals_fn": ["def f(a):\n    b=2\n    return sorted(locals())", "r=f(1)\nprint(r)"],
    "logging_fn": [
        "import logging,sys\nlogging.basicConfig(stream=sys.stdout,format='%(funcName)s %(message)s',level=logging.INFO)\nlog=logging.getLogger('x')",
        "log.info('hello')\nn=3\nlog.info('n %d',n)",
    ],
    "long_lines": [
        "x = {'aaaaaaaaaaaaaaaaaaaaaaaaaaaa': 1, 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb': 2, 'ccccccccccccccccccccccc': 3}\ny = [v for v in x.values() if v > 1 and v < 100 or v == 5 and len(x) > 2 or v == 3]\nz=x['aaaaaaaaaaaaaaaaaaaaaaaaaaaa']",
        "print(y,z)",
    ],
    "loop_else": [
        "found=None\nfor i in range(5):\n    if i==3:\n        found=i\n        break\nelse:\n    found='none'",
        "j=i+1\nprint(found,i,j)",
    ],
    "loopvar_later": ["for k in 'ab':\n    d=k", "for k in []:\n    d='z'", "print(k,d)"],
    "lru_cache_data": [
        "from functools import lru_cache\nbase=1\n@lru_cache(None)\ndef f(x): return x+base",
        "a=f(1)",
        "base=5\nb=f(1); c=f(2)\nprint(a,b,c)",
    ],
    "map_lazy": [
        "m=2\ndef f(x): return x*m\nit=map(f,[1,2,3])",
        "a=next(it)\nm=100",
        "b=list(it)\nprint(a,b)",
    ],
    "match_stmt": [
        "cmd=['go',3]\nmatch cmd:\n    case ['go',n]:\n        r=n\n    case _:\n        r=0",
        "print(r, n)",
    ],
    "maybe_builtin": ran("flag=[]\nif flag:\n    max=lambda *a: 0", "print(max(1,2))\nz=max(3,4)"),
    "maybe_deleted": ran(
        "a=len('x')\nw=1\ndel w\nif a>0:\n    w=2",
        "x=w+1",
        "del w\nif a>5: w=3",
        "try:\n    w\nexcept NameError:\n    x=0\nprint(x)",
    ),
    "maybe_error": [
        *ran("a=len('x')\nif a>5:\n    w=[1]"),
        {
            "cell_type": "code",
            "source": "print(w)",
            "metadata": {"tags": ["raises-exception"]},
            "execution_count": 2,
        },
        "b=a+1\nprint(b)",
    ],
    "maybe_exec": ran("exec('w=3')", "a=len('x')\nif a>5:\n    w=4", "print(w)\nx=w+1"),
    "maybe_global": ran(
        "a=len('x')\nif a>5:\n    w=4",
        "def setw():\n    global w\n    w=7",
        "setw()\nx=w+1\nprint(x,w)",
    ),
    "maybe_loop": ran(
        "rows=[]\nfor r in rows:\n    last=r",
        "rows.append(1)\nfor r in rows:\n    last=r",
        "print(last,r)",
    ),
    "maybe_param": [
        "import random\nrandom.seed(1)\nif random.random()<2:\n    z=5",
        "w=z+1\nprint(w)",
    ],
    "maybe_short": ran(
        "a=len('x')\nif a>5:\n    w=[1]",
        "u=a>5 and w[0]\nt=w if a>5 else 0\nc=1<a<len(w if a>5 else 'q')",
        "print(u,t,c)",
    ),
    "maybe_sure": ran("a=len('x')\nif a>0:\n    w=[1]", "w.append(2)\nv=len(w)", "print(w,v)"),
    "maybe_try": ran(
        "a=len('x')\nif a>5:\n    w=[1]",
        "try:\n    u=len(w)\nexcept NameError:\n    u=-1",
        "print(u)",
    ),
    "maybe_two": ran("a=len('x')\nif a>0:\n    w=[1]", "if a>5:\n    w=[2]", "print(w)"),
    "maybe_walrus": ran("a=len('x')\nif a>5:\n    w=4", "x=(a>0 and (w:=9), w)[1]\nprint(x,w)"),
    "md_loop_display": [
        "from IPython.display import display\nfor i in range(2):\n    display(i)\nz=i+1",
        "print(z)",
    ],
    "method_callback": [
        "class B:\n    def __init__(s): s.hs=[]\n    def on(s,h): s.hs.append(h)\n    def fire(s): return [h() for h in s.hs]",
        "bus=B()\nn=1\nbus.on(lambda: n)",
        "r1=bus.fire()\nn=2\nr2=bus.fire()\nprint(r1,r2)",
    ],
    "multiline": [
        "def doc():\n    '''line\n      indented\n    '''\n    return 1\ns='''a\n  b\n'''",
        "t=s+'''c\n    d'''\nprint(repr(t), repr(doc.__doc__))",
    ],
    "mutable_default_mid": [
        "def acc(x, xs=[]):\n    xs.append(x)\n    return xs",
        "a=acc(1); b=acc(2)\nprint(a,b,a is b)",
        "acc.__defaults__[0].append(9)\nprint(acc(3))",
    ],
    "namedtuple": [
        "from collections import namedtuple\nPt=namedtuple('Pt','x y')",
        "p=Pt(1,2)\nq=p._replace(x=5)\nprint(p,q)\np",
    ],
    "nested_fn_reads_later": [
        "def a(): return b()+1",
        "def b(): return c*2\nc=3",
        "r=a()\nc=4\nr2=a()\nprint(r,r2)",
    ],
    "nested_loops": [
        "tot=0\nfor i in range(2):\n    for j in range(2):\n        tot+=i*j",
        "k=[i,j]\nprint(tot,k)",
    ],
    "nonlocal_closure": [
        "def counter():\n    n=0\n    def up():\n        nonlocal n\n        n+=1\n        return n\n    return up\nc=counter()",
        "a=c(); b=c()\nprint(a,b)",
        "d=c\nprint(d(),c())",
    ],
    "np_inplace": ["import numpy as np\na=np.zeros(3)\nb=a\na+=1", "a=a+1\nb[0]=7\nprint(a,b)"],
    "np_seed_order": [
        "import numpy as np, random\nnp.random.seed(3); random.seed(3)",
        "a=np.random.rand(2)\nnp.random.rand()",
        "b=random.random(); c=np.random.rand()\nprint(a,b,c)",
    ],
    "np_view": [
        "import numpy as np\na=np.arange(6).reshape(2,3)\nrow=a[0]",
        "row[:]=9\nb=a.T",
        "b[0,0]=-1\nprint(a,row,np.shares_memory(a,b))",
    ],
    "obj_repr": ["class Z: pass\nz=Z()\nprint(type(z))\nw=type(z).__name__"],
    "op_overload": [
        "g=1\nclass N:\n    def __init__(s,v): s.v=v\n    def __add__(s,o): return s.v+o.v+g",
        "a=N(1); b=N(2)",
        "r=a+b\ng=100\nr2=a+b\nprint(r,r2)",
    ],
    "os_environ": [
        "import os\nos.environ['QQ']='1'\nv=os.environ['QQ']",
        "import subprocess,sys\nout=subprocess.run([sys.executable,'-c','import os;print(os.environ[\"QQ\"])'],capture_output=True,text=True).stdout.strip()\nprint(v,out)",
        "del os.environ['QQ']",
    ],
    "out_n": ["[1,2]", "y=Out[1]\ny.append(3)\nprint(Out[1])"],
    "partial_keep": [
        "from functools import partial\nm=2\ndef f(a,b): return a*b*m\np=partial(f,3)",
        "x=p(4)\nm=10\ny=p(4)\nprint(x,y)",
    ],
    "pd_loc": [
        "import pandas as pd\ndf=pd.DataFrame({'a':[1,2]})\ns=df['a']\ndf.loc[0,'a']=9",
        "print(s.tolist(),df.a.tolist())",
    ],
    "pd_options": [
        "import pandas as pd\npd.set_option('display.max_rows',4)\ndf=pd.DataFrame({'a':range(10)})",
        "df",
    ],
    "pickle_fn": [
        "import pickle\ndef f(x): return x\nb=len(pickle.dumps(f))>0",
        "g=pickle.loads(pickle.dumps(f))\nprint(g(2), g is f)",
    ],
    "pipe_lambda_lambda": [
        "import pandas as pd\ndf=pd.DataFrame({'a':[1,2]})\nk=1\nh=df.pipe(lambda d: lambda: k)",
        "k=5\nr=h()\nprint(r)",
    ],
    "plt_multi": [
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nfig,ax=plt.subplots()\nax.plot([1,2])",
        "ax.set_title('later')\nfig",
        "plt.plot([3,1]); plt.show()\nplt.plot([1,3])\nn=len(plt.get_fignums())",
        "print(n)",
    ],
    "print_order": ["x=[1]\nprint('a',x)\nx.append(2)\nprint('b',x)\nx"],
    "print_side": ["xs=[3]\nprint(xs.pop())", "print(xs)\ny=len(xs)"],
    "property_global": [
        "scale=2\nclass P:\n    @property\n    def v(self): return scale",
        "p=P()",
        "scale=3\na=p.v\nscale=4\nb=p.v\nprint(a,b)",
    ],
    "recursive_data": [
        "lim=3\ndef r(n): return n if n>=lim else r(n+1)",
        "a=r(0)\nb=sorted([3,1],key=r)\nprint(a,b)",
    ],
    "relimp": [
        "import os.path as p\nfrom os import path",
        "a=p is path\nprint(a, p.join('a','b'))",
    ],
    "rng_instance": [
        "import numpy as np\nrng=np.random.default_rng(1)",
        "a=rng.random()\nr2=rng",
        "b=r2.random(); c=rng.random()\nprint(a,b,c)",
    ],
    "sample_look": [
        "import pandas as pd, numpy as np\nnp.random.seed(0)\ndf=pd.DataFrame({'a':range(5)})",
        "df.sample(2)",
        "x=np.random.rand()\nprint(round(x,6))",
    ],
    "seaborn_style": [
        "import matplotlib as mpl\nmpl.rcParams['lines.linewidth']=5\nlw=mpl.rcParams['lines.linewidth']",
        "print(lw)",
    ],
    "semis": ["a=1;b=2;c=a+b", "a;b", "c;"],
    "set_async_reader": [
        "import asyncio\nn=0\nlog=[]\nasync def watch():\n    for _ in range(3):\n        log.append(n)\n        await asyncio.sleep(0)\ndef up():\n    global n\n    n+=1",
        "t=asyncio.ensure_future(watch())\nup()\nawait asyncio.sleep(0)\nup()\nawait t\nprint(n,log)",
    ],
    "set_callback": [
        "x=0\nseen=[]\ndef note(): seen.append(x)\ndef setx(v, cb):\n    global x\n    x=v\n    cb()",
        "setx(3, note)\nsetx(4, note)\nprint(x,seen)",
    ],
    "set_cond": [
        "def maybe(flag):\n    global n\n    if flag:\n        n=1",
        "maybe(False)\ntry:\n    n\nexcept NameError:\n    print('no n')",
        "maybe(True)\nprint(n)",
    ],
    "set_counts": [
        "count=0\nlog=[]\ndef bump(n=1, *more):\n    # adds\n    global count\n    for m in (n, *more):\n        count+=m\n    log.append(count)",
        "bump(); bump(5, 6)  # twice\nbump(n=2)",
        "count=100\nbump(count)\nprint(count,log)",
    ],
    "set_eval": ["n=1\ndef up():\n    global n\n    n+=1", "eval('up()')\nup()\nprint(n)"],
    "set_import": [
        "def load():\n    global np\n    import numpy as np",
        "load()\na=np.ones(2).sum()\nprint(a)",
    ],
    "set_in_fn": [
        "n=1\ndef up():\n    global n\n    n+=1\ndef both():\n    up()\n    return n",
        "r=both()\nup()\nprint(r,n)",
    ],
    "set_lambda_reader": [
        "n=0\nget=lambda: n\ndef up(f):\n    global n\n    n+=1\n    out.append(f())\nout=[]",
        "up(get)\nup(len.__class__ and get)\nprint(n,out)",
    ],
    "set_one_line": ["n=0\ndef up(): global n; n+=1", "up()\nup()\nprint(n)"],
    "set_ops": ["s={1}\nt=s\ns|={2}", "t^={1}\nprint(s,t,s is t)"],
    "set_partial": [
        "x=0\ndef setx(v):\n    global x\n    x=v\n    1/(v-2)",
        "try:\n    setx(2)\nexcept ZeroDivisionError:\n    pass\nprint(x)",
    ],
    "set_plain": [
        'def init(n):\n    """Make the state."""\n    global STATE, SIZE  # shared\n    SIZE=n\n    STATE={\'items\':list(range(n))}  # the state',
        "init(3)\nprint(SIZE,STATE)",
        "old=STATE\ninit(1)\nprint(old is STATE, SIZE, STATE)",
    ],
    "set_reader_inside": [
        "x=0\nlog=[]\ndef read(): return x\ndef setx(v):\n    global x\n    x=v\n    log.append(read())",
        "setx(3)\nsetx(4)\nprint(x,log,read())",
    ],
    "set_reader_later": [
        "n=0\ndef up():\n    global n\n    n+=1\ndef twice(): return n*2",
        "r=list(map(lambda _: twice(), [0]))\nup()\nr2=twice()\nprint(r,r2,n)",
    ],
    "set_reader_object": [
        "x=0\nclass Log:\n    def __init__(self): self.seen=[]\n    def note(self): self.seen.append(x)\nlog=Log()\ndef setx(v):\n    global x\n    x=v\n    log.note()",
        "setx(3)\nsetx(4)\nprint(x,log.seen)",
    ],
    "set_recursive": [
        "n=0\ndef down(k):\n    global n\n    n+=1\n    if k: down(k-1)",
        "down(3)\nprint(n)",
    ],
    "set_shown": [
        "n=0\ndef bump():\n    global n\n    n+=1\n    return n",
        "bump()",
        "bump();",
        "print(n)",
    ],
    "set_thread": [
        "import threading,time\nstop=False\nticks=[]\ndef work():\n    while not stop:\n        time.sleep(0.001)\n    ticks.append(1)\nt=threading.Thread(target=work)\nt.start()",
        "def halt():\n    global stop\n    stop=True\n    t.join(5)",
        "halt()\nprint(stop,ticks,t.is_alive())",
    ],
    "set_undefined_first": [
        "def up():\n    global n\n    try:\n        n+=1\n    except NameError:\n        n=0",
        "up()\nup()\nprint(n)",
    ],
    "set_value_used": [
        "n=0\ndef bump():\n    global n\n    n+=1\n    return n",
        "x=bump()+bump()\nprint(n,x)",
    ],
    "setattr_cb": [
        "class O: pass\no=O()\nk=1\ndef g(): return k\no.cb=g",
        "k=10\nx=o.cb()\nk=20\ny=o.cb()\nprint(x,y)",
    ],
    "sh_line_in_cell": ["import os\nx=1\n!echo hi\ny=x+1", "print(y)"],
    "shell_var": ["n=3\nname='abc'", "o=!echo {n} $name\nprint(o)"],
    "shown_with_returns": ["d={}\nd['k']=len('abc')\nv=d.setdefault('z',5)\nd.get('k')", "v\nd"],
    "sk_pipeline": [
        "import numpy as np\nfrom sklearn.linear_model import LinearRegression\nX=np.arange(6).reshape(-1,1); y=X.ravel()*2",
        "m=LinearRegression()\nm.fit(X,y)",
        "p=m.predict([[10]])\nprint(p.round(3))",
    ],
    "slice_assign": ["a=[1,2,3]\nb=a[:]\na[1:]=[9]", "b+=a\nc=a\nc*=2\nprint(a,b,c)"],
    "sort_key_obj": [
        "w={'x':1,'y':2}\nkey=w.get",
        "s=sorted('yx',key=key)\nw['x']=5\ns2=sorted('yx',key=key)\nprint(s,s2)",
    ],
    "sorted_key_global": [
        "order={'b':0,'a':1}\ndef key(x): return order[x]",
        "s=sorted(['a','b'],key=key)\norder={'a':0,'b':1}",
        "s2=sorted(['a','b'],key=key)\nprint(s,s2)",
    ],
    "star_shadow": ["from math import *\npi=3", "area=pi*2\nprint(area, floor(2.5))"],
    "str_format_map": ["name='x'\nt='{name}'.format_map(globals())\nprint(t)"],
    "sum_shadow": [
        "vals=[1,2]\ntotal=sum(vals)\nsum=total+1",
        "print(sum)\nlist2=[sum]*2\nprint(list2)",
    ],
    "suppress": [
        "from contextlib import suppress\nwith suppress(ZeroDivisionError):\n    q=1\n    1/0\n    q=2",
        "print(q)",
    ],
    "tabs_indent": [
        "def f(x):\n\tif x:\n\t\treturn 1\n\treturn 2\nr=f(0)",
        "if r:\n\tq=3\nelse:\n\tq=4\nprint(q)",
    ],
    "temp_loop_stale": [
        "for i in range(3):\n    pass",
        "xs=[]\nfor i in [10,20]:\n    xs.append(i)",
        "for i in xs:\n    pass\nprint(xs)",
    ],
    "temp_loopvar_global_fn": [
        "def show(): return i",
        "for i in range(3): pass\nr=show()\nprint(r)",
    ],
    "thread": [
        "import threading\nres=[]\nlim=2\ndef work(n): res.append(n*lim)",
        "ts=[threading.Thread(target=work,args=(i,)) for i in range(3)]\n[t.start() for t in ts]\n[t.join() for t in ts]",
        "lim=5\nt=threading.Thread(target=work,args=(9,)); t.start(); t.join()\nprint(sorted(res))",
    ],
    "time_cell": ["%%time\na=[i for i in range(3)]\nb=sum(a)", "print(a,b)"],
    "time_magic": ["%time x = sum(range(10))", "y=x+1\nprint(y)", "%%time\nz=y*2\nprint(z)"],
    "told_function": [
        "v=[1]\ndef f(x): return len(v)+x\nr=list(map(f,[1]))",
        "print(str(f)[:11])",
        "print(r)",
    ],
    "told_in_text": [
        "v=[1]\ndef f(x): return len(v)+x\nr=list(map(f,[1]))",
        "t=f'{f!r}'[:11]\nu='%s' % f\nprint(t,r)",
    ],
    "told_method": [
        "v=[1]\nclass C:\n    def get(self): return v",
        "t=repr(C.get)[:14]\nprint(t, C().get())",
    ],
    "told_shown": ["v=[1]\ndef f(x): return len(v)+x\nr=list(map(f,[1]))", "f"],
    "told_type_name": [
        "v=[1]\nclass C:\n    def get(self): return v",
        "c=C()\nprint(type(c).__name__, c.get(), C.__name__)",
    ],
    "try_else": [
        "try:\n    v=int('1')\nexcept ValueError:\n    v=0\n    bad=True\nelse:\n    bad=False",
        "print(v,bad)",
    ],
    "try_finally": ["log=[]\ntry:\n    v=int('3')\nfinally:\n    log.append('f')", "print(v,log)"],
    "try_import_flag": [
        "try:\n    import nonexistent_zz\n    HAS=True\nexcept ImportError:\n    HAS=False",
        "def m(): return 'y' if HAS else 'n'\nr=m()\nprint(r)",
    ],
    "two_fns_value": [
        "k=2\ndef f(x): return x*k\ndef g(x): return f(x)+k",
        "o=[f(1),g(1)]\np=list(map(g,[1,2]))\nprint(o,p)",
    ],
    "type_alias_annot": [
        "from typing import List\nx: List[int] = [1]\ny: int",
        "x.append(2)\nprint(x, 'y' in __annotations__)",
    ],
    "underscore_last": ["1+1", "x=_+1\nprint(x)"],
    "unicode_names": ["été = 3\nπ = 3.14", "aire = π*été**2\nprint(round(aire,2))"],
    "unpack_star": ["a,*b=[1,2,3]\nb.append(4)", "*c,d=b\nprint(a,b,c,d)"],
    "update_of_fn": ["z=1\ndef f(): return z\nd={}\nd.update(f=f)", "z=2\nr=d['f']()\nprint(r)"],
    "var_then_fn": ["f=3\na=f+1", "def f(): return a\nb=f()\nprint(a,b)"],
    "vars_obj": ["class V: pass\nv=V(); v.a=1", "d=vars(v)\nd['b']=2\nprint(v.b)"],
    "walrus_comp": ["data=[1,2,3]\nsq=[y:=x*x for x in data]", "z=y+1\nprint(sq,y,z)"],
    "warn_once": [
        "import warnings\ndef w(): warnings.warn('dep',UserWarning)",
        "with warnings.catch_warnings(record=True) as rec:\n    warnings.simplefilter('default')\n    w(); w()\nprint(len(rec))",
    ],
    "weakref_die": [
        "import weakref\nclass A: pass",
        "a=A(); r=weakref.ref(a)\nb=[1,2]",
        "del a\nprint(r() is None)",
    ],
    "while_break": ["n=0\nwhile True:\n    n+=1\n    if n>3: break\n    last=n", "print(n,last)"],
    "while_else": ["n=3\nwhile n:\n    n-=1\nelse:\n    done=True", "print(n,done)"],
    "with_multi": [
        "import io\nwith io.StringIO('a') as f1, io.StringIO('b') as f2:\n    t=f1.read()+f2.read()",
        "print(t,f1.closed)",
    ],
    "with_open": [
        "with open('f.txt','w') as fh:\n    fh.write('a\\nb')\nclosed=fh.closed",
        "lines=[l.strip() for l in open('f.txt')]\nprint(lines, closed, fh.name)",
    ],
    "writefile_import": [
        "%%writefile tmod.py\nVAL=3\ndef f(): return VAL",
        "import tmod\nv=tmod.f()\nprint(v)",
    ],
}
