"""The PYNQ driver against a model of the registers: golden's responses, and errors that say what is wrong."""

import importlib.util
import sys

import numpy as np
import pytest

from siammixer.arch.errors import Error
from siammixer.delivery.pynq_files import DRIVER, pynq_driver, pynq_network
from siammixer.driver.reference import Reference
from siammixer.golden.random_weights import random_image


class SendChannel:
    """The DMA's channel: what it sends goes to the model; it is idle when the model took everything."""

    def __init__(self, model):
        self.model, self.cut = model, None

    def transfer(self, buffer):
        self.model.send(buffer[: self.cut])

    @property
    def idle(self):
        return not self.model.pending


class Dma:
    def __init__(self, model):
        self.sendchannel = SendChannel(model)


@pytest.fixture
def driver(monkeypatch):
    """The file as a user has it: alone, without the package around it."""
    spec = importlib.util.spec_from_file_location("siammixer_pynq", DRIVER)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "siammixer_pynq", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def network(tmp_path, driver, tiny):
    (tmp_path / "tiny.npz").write_bytes(pynq_network(tiny[3], tiny[1]))
    return driver.Network.open(tmp_path / "tiny.npz")


@pytest.fixture
def core(driver, model):
    return driver.SiamMixer(model, Dma(model), np.zeros, seconds=0.05)


def test_the_file_holds_the_registers_of_the_description():
    """After a change of the registers: python -m siammixer.delivery.pynq_files"""
    assert DRIVER.read_text() == pynq_driver()


def test_the_network_s_file_is_the_same_every_time(tiny):
    assert pynq_network(tiny[3], tiny[1]) == pynq_network(tiny[3], tiny[1])


def test_responses_equal_golden(core, network, tiny):
    core.load(network)
    reference = Reference(tiny[0], tiny[1])
    for branch, seed in (("template", 1), ("search", 2), ("search", 3)):
        crop = random_image(63, seed)
        expected = reference.tensors(branch, crop)
        if branch == "template":
            core.template(crop)
        else:
            (name,) = tiny[0].outputs("search")
            response = core.search(crop)
            assert np.array_equal(response, expected[name]) and response.dtype == np.int32
            assert core.peak[1] == response.max() and core.cycles == tiny[3]["search"].predicted_cycles


def test_a_short_crop_is_told_and_recovered_from(core, network, model):
    core.load(network)
    core.template(random_image(63, 1))
    core._dma.sendchannel.cut = -5
    with pytest.raises(Exception, match="stream was marked as ended before") as error:
        core.search(random_image(63, 2))
    assert error.value.code == Error.INPUT_SHORT
    core._dma.sendchannel.cut = None
    core.recover()
    core.search(random_image(63, 2))


def test_what_must_not_be_used_is_refused(core, driver, network, model):
    with pytest.raises(driver.SiamMixerError, match="load must be called"):
        core.template(random_image(63, 1))
    model.values["fingerprint_low"] ^= 1
    with pytest.raises(driver.SiamMixerError, match="the network is for the accelerator"):
        driver.SiamMixer(model, Dma(model), np.zeros).load(network)
    model.values["version"] = 2 << 16
    with pytest.raises(driver.SiamMixerError, match="another major version"):
        driver.SiamMixer(model, Dma(model), np.zeros)
    model.values["identity"] = 0
    with pytest.raises(driver.SiamMixerError, match="no SiamMixer core"):
        driver.SiamMixer(model, Dma(model), np.zeros)


def test_a_run_that_does_not_end_is_told(core, driver, network, model):
    core.load(network)
    model.stuck, model.waits = False, False
    core._dma.sendchannel.transfer = lambda buffer: None
    with pytest.raises(driver.SiamMixerError, match="did not become done in time"):
        core.template(random_image(63, 1))
