"""The names that options of training accept; light, so that ``--help`` can list them without PyTorch.

What stands behind a name is said beside it: tests/training/test_names.py holds the tables to these lists.
"""

STAGES = ("float", "distil", "qat")
"""A run trains the trunk by its dense correlation, or trunk and head together, or either in golden's integers
(:mod:`siammixer.training.quantise.qat`)."""
PRECISIONS = ("auto", "float32", "bfloat16", "float16")
""":data:`siammixer.training.loop.precision.AUTOCAST`; "auto" is the device's fastest."""
ACTIVATIONS = ("relu", "gelu", "silu", "hardswish", "elu", "leakyrelu")
""":data:`siammixer.training.model.model.ACTIVATIONS`."""
VARIANTS = ("no-global", "no-local", "no-mixing", "independent", "three-quarters", "half")
""":data:`siammixer.training.model.variants.VARIANTS`."""
TEACHERS = ("efficientnet-lite0", "none")
""":func:`siammixer.training.distillation.teacher.open_teacher`."""
DEVICES = ("auto", "cpu", "cuda")
""":func:`siammixer.training.loop.distributed.open_processes`."""
