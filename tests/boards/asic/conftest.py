"""A library and an SRAM macro of our own, as small as the flow allows."""

import pytest

CELLS = """
library (small) {{
  /* a comment {{ that opens nothing */
  capacitive_load_unit (1, pf); time_unit : "1ns"; voltage_unit : "1V"; current_unit : "1uA";
  leakage_power_unit : "1nW"; pulling_resistance_unit : "1kohm"; delay_model : table_lookup;
  nom_process : 1; nom_voltage : {volts}; nom_temperature : {celsius};
  {cells}
}}
"""
GATE = """
  cell ({name}) {{ area : {area};
    {inputs}
    pin (Y) {{ direction : output; function : "{function}"; max_capacitance : {drive};
      {arcs}
    }}
  }}"""
INPUT = "pin ({name}) {{ direction : input; capacitance : 0.01; }}"
ARC = """timing () {{ related_pin : "{name}"; timing_sense : {sense};
        cell_rise (scalar) {{ values ("{delay}"); }} cell_fall (scalar) {{ values ("{delay}"); }}
        rise_transition (scalar) {{ values ("0.1"); }} fall_transition (scalar) {{ values ("0.1"); }} }}"""
FLIP_FLOP = """
  cell (DFF) {{ area : 20; ff (IQ, IQN) {{ next_state : "D"; clocked_on : "CK"; }}
    pin (D) {{ direction : input; capacitance : 0.01;
      timing () {{ related_pin : "CK"; timing_type : setup_rising;
      rise_constraint (scalar) {{ values ("0.1"); }} fall_constraint (scalar) {{ values ("0.1"); }} }} }}
    pin (CK) {{ direction : input; clock : true; capacitance : 0.01; }}
    pin (Q) {{ direction : output; function : "IQ"; max_capacitance : 1;
      timing () {{ related_pin : "CK"; timing_type : rising_edge;
        cell_rise (scalar) {{ values ("{delay}"); }} cell_fall (scalar) {{ values ("{delay}"); }}
        rise_transition (scalar) {{ values ("0.1"); }} fall_transition (scalar) {{ values ("0.1"); }} }} }}
  }}"""
GATES = {
    "BUF": ("A", 4, "A", "positive_unate", 1),
    "BUF4": ("A", 8, "A", "positive_unate", 4),
    "SLOW": ("A", 12, "A", "positive_unate", 1),
    "INV": ("A", 2, "(!A)", "negative_unate", 1),
    "NAND2": ("AB", 3, "!(A & B)", "negative_unate", 1),
}
MACRO = """
library (one) {{ nom_voltage : {volts}; nom_temperature : {celsius}; capacitive_load_unit (1, pf);
  type (A_3_0) {{ base_type : array; data_type : bit; bit_width : 4; bit_from : 3; bit_to : 0; }}
  type (D_7_0) {{ base_type : array; data_type : bit; bit_width : 8; bit_from : 7; bit_to : 0; }}
  cell (RAM16X8) {{ area : 600;
    bus (A_ADDR) {{ bus_type : A_3_0; direction : input;
      timing () {{ when : "A_MEN"
        sdf_cond : "NO_SEMICOLON"
        related_pin : "A_CLK"; }} }}
    bus (A_DIN) {{ bus_type : D_7_0; direction : input; }}
    bus (A_BM) {{ bus_type : D_7_0; direction : input; }}
    bus (A_DOUT) {{ bus_type : D_7_0; direction : output; }}
    {pins}
    pin (A_CLK) {{ direction : input;
      internal_power () {{ when : "A_MEN & !A_WEN & A_REN";
        rise_power ("scalar") {{ values (2.5); }} fall_power ("scalar") {{ values (0.5); }} }}
      internal_power () {{ when : "A_MEN & A_WEN & !A_REN";
        rise_power ("scalar") {{ values (4); }} fall_power ("scalar") {{ values (0); }} }} }}
  }}
}}
"""


def cells(volts: float = 1.2, celsius: float = 25, delay: float = 0.25) -> str:
    gates = [
        GATE.format(
            name=name,
            area=area,
            function=function,
            drive=drive,
            inputs=" ".join(INPUT.format(name=pin) for pin in pins),
            arcs=" ".join(ARC.format(name=pin, sense=sense, delay=delay) for pin in pins),
        )
        for name, (pins, area, function, sense, drive) in GATES.items()
    ]
    return CELLS.format(volts=volts, celsius=celsius, cells="".join(gates) + FLIP_FLOP.format(delay=delay))


@pytest.fixture
def library(tmp_path):
    """Files of standard cells in a typical and a slow corner, and of a macro in the first."""
    pins = " ".join(f"pin (A_{name}) {{ direction : input; }}" for name in ("MEN", "WEN", "REN", "DLY"))
    files = {
        "typical.lib": cells(),
        "slow.lib": cells(1.08, 125, 0.5),
        "ram.lib": MACRO.format(volts=1.2, celsius=25, pins=pins),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path
