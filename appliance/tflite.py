"""The one place that chooses between the two TFLite runtimes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from appliance.errors import ModelError

MODELS = Path(__file__).resolve().parent.parent / "models"
"""Where the shipped and fetched files are."""

IDENTIFIER = b"TFL3"
"""Bytes 4 to 8 of each TFLite file, from the schema's `file_identifier`."""


class Interpreter(Protocol):
    """The interpreter of both runtimes, as far as it is used here."""

    def get_input_details(self) -> list[dict[str, Any]]: ...
    def get_output_details(self) -> list[dict[str, Any]]: ...
    def set_tensor(self, tensor_index: int, value: Any) -> None: ...
    def get_tensor(self, tensor_index: int) -> Any: ...
    def invoke(self) -> None: ...


def read(path: Path, remedy: str) -> bytes:
    """The bytes of a TFLite file.

    Raises ModelError, which names the file and ends with `remedy`, when they cannot be read or are no TFLite.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such file; {remedy}") from None
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}; {remedy}") from error
    if not content:
        raise ModelError(f"{path}: the file is empty; {remedy}")
    if content[4:8] != IDENTIFIER:
        raise ModelError(f"{path}: this is not a TFLite file; {remedy}")
    return content


def load(path: Path, content: bytes, remedy: str, fast: bool = True) -> Interpreter:
    """A network on one thread, ready to be invoked: on a Pi the other cores belong to the music.

    content: what `read` gave, so that what was checked is what runs. fast: by XNNPACK, whose tables for a
    convolution take eight bytes for each of a kernel's places at each place: 80 MB for the ear's large ones.
    Raises ModelError when the runtime refuses it, or when there is no runtime.
    """
    try:
        try:
            from ai_edge_litert.interpreter import Interpreter as Runtime
            from ai_edge_litert.interpreter import OpResolverType
        except ModuleNotFoundError:  # 32-bit boxes: LiteRT has no wheel there
            from tflite_runtime.interpreter import Interpreter as Runtime
            from tflite_runtime.interpreter import OpResolverType
    except ImportError as error:
        raise ModelError(f"{path}: no TFLite runtime to run it ({error}); install ai-edge-litert") from error
    try:
        kinds = OpResolverType.AUTO, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        kind = kinds[0] if fast else kinds[1]
        interpreter = Runtime(model_content=content, num_threads=1, experimental_op_resolver_type=kind)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError, SystemError) as error:  # SystemError: tflite-runtime beside numpy 2
        raise ModelError(f"{path}: the TFLite runtime refuses it ({error}); {remedy}") from error
    return interpreter
