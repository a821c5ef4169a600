"""
A bundle's own float32 graph in OpenVINO: in float32, in bf16, or in int8 as NNCF makes it.

OpenVINO's ONNX front end has no DeformConv; its own operation set has: version 8's DeformableConvolution, with the same
order of offsets (y before x), and corners outside of the map counted as zeros one by one.
"""

import os

import openvino as ov
from openvino import opset8
from openvino.frontend import ConversionExtension


class OpenvinoEngine:
    def __init__(self, request):
        core = ov.Core()
        graph = request["quantized"] if request["dtype"] == "int8" else request["graph"]
        model = read_graph(core, graph, request["padded"])
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": "1",
            "INFERENCE_NUM_THREADS": str(request["threads"]),
            "INFERENCE_PRECISION_HINT": "bf16" if request["dtype"] == "bf16" else "f32",
        }
        self.request = core.compile_model(model, "CPU", settings).create_infer_request()

    def run(self, image):
        """image: float32 [1, 3, H, W]. Returns class logits and mask logits, [queries, ...]."""
        return self.request.infer([image], share_inputs=True, share_outputs=True)

    def numbers(self, outputs):
        return [outputs["pred_logits"], outputs["pred_masks"]]


def quantize(request, image):
    """Writes the graph in int8 to `request["quantized"]`, calibrated by one image. Keeps a file that is there."""
    if os.path.exists(request["quantized"]):
        return
    import nncf

    model = read_graph(ov.Core(), request["graph"], request["padded"])
    quantized = nncf.quantize(model, nncf.Dataset([image]), preset=nncf.QuantizationPreset.MIXED, subset_size=1)
    os.makedirs(os.path.dirname(request["quantized"]), exist_ok=True)
    # The file with the graph comes last, and only whole: it is what the next run looks for.
    begun = request["quantized"].replace(".xml", ".part.xml")
    ov.save_model(quantized, begun, compress_to_fp16=False)
    os.replace(begun.replace(".xml", ".bin"), request["quantized"].replace(".xml", ".bin"))
    os.replace(begun, request["quantized"])


def read_graph(core, path, padded):
    core.add_extension(ConversionExtension("DeformConv", deform_conv))
    model = core.read_model(path)
    # Of a fixed size, which OpenVINO runs faster than one that may change.
    model.reshape([1, 3, *padded])
    return model


def deform_conv(node):
    """ONNX: X, W, offset, B, mask; a bias is not used by the bundle's graph."""
    pads = node.get_attribute("pads", [0, 0, 0, 0])
    return opset8.deformable_convolution(
        node.get_input(0),
        node.get_input(2),
        node.get_input(1),
        strides=node.get_attribute("strides", [1, 1]),
        pads_begin=pads[:2],
        pads_end=pads[2:],
        dilations=node.get_attribute("dilations", [1, 1]),
        mask=node.get_input(4),
        auto_pad="explicit",
        group=node.get_attribute("group", 1),
        deformable_group=node.get_attribute("offset_group", 1),
        bilinear_interpolation_pad=True,
    ).outputs()
