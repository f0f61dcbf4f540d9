from pathlib import Path

import pandas as pd
from pandas.testing import assert_frame_equal

from penguins.load import read_notes


def test_read_notes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("penguins.csv").write_text(
        "bird,species,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g\n"
        "a728,b,a,80.0,50.0,900,13900\n"
        "b285,a,c,50.0,90.0,400,6000\n"
        "c859,c,b,90.0,40.0,600,3000\n"
        "d594,b,a,40.0,60.0,300,7000\n"
        "e946,a,b,60.0,30.0,700,2000\n"
        "f463,b,c,30.0,70.0,230,8000\n"
    )
    expected = pd.DataFrame(
        {
            "bird": ["a728", "b285", "c859", "d594", "e946", "f463"],
            "species": ["b", "a", "c", "b", "a", "b"],
            "island": ["a", "c", "b", "a", "b", "c"],
            "bill_length_mm": [80.0, 50.0, 90.0, 40.0, 60.0, 30.0],
            "bill_depth_mm": [50.0, 90.0, 40.0, 60.0, 30.0, 70.0],
            "flipper_length_mm": [900, 400, 600, 300, 700, 230],
            "body_mass_g": [13900, 6000, 3000, 7000, 2000, 8000],
        }
    )
    assert_frame_equal(read_notes(data="penguins.csv"), expected)
