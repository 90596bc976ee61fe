"""Writes fbgemm-rows.json: what PyTorch's prepack operators make of the weights in it. Run with PyTorch 1.13.1 on a CPU.

    python3 fbgemm-rows.py > fbgemm-rows.json
"""
import json
import torch

COLS = 16
torch.manual_seed(1)
rows = [torch.randn(COLS) * scale for scale in (1, 0.01, 1e-4, 300)]
rows += [torch.rand(COLS) * 0.5, -torch.rand(COLS), torch.randn(COLS) ** 3]
rows += [torch.zeros(COLS), torch.full((COLS,), 0.1), torch.full((COLS,), -7.0)]
rows += [torch.arange(COLS).float(), torch.arange(COLS).float() / 15 * 2.5 - 1]
rows += [torch.randn(COLS) * 1e-7, torch.cat([torch.randn(COLS - 1) * 0.01, torch.tensor([3.0])])]
weights = torch.stack(rows)

ops = torch.ops.quantized
packed = {
    "2": ops.embedding_bag_2bit_prepack(weights),
    "4": ops.embedding_bag_4bit_prepack(weights),
    "8": ops.embedding_bag_byte_prepack(weights),
    "2 optimized": ops.embedding_bag_2bit_prepack(weights, True, 200, 0.16),
    "4 optimized": ops.embedding_bag_4bit_prepack(weights, True, 200, 0.16),
}
unpack = {
    "2": ops.embedding_bag_2bit_unpack,
    "4": ops.embedding_bag_4bit_unpack,
    "8": ops.embedding_bag_byte_unpack,
}
print(json.dumps({
    "source": "fbgemm-rows.py, torch " + torch.__version__,
    "cols": COLS,
    # Every f32 is printed exactly as its shortest double.
    "weights": [float(w) for w in weights.flatten()],
    "bytes": {name: table.flatten().tolist() for name, table in packed.items()},
    "unpacked": {name: [float(w) for w in op(packed[name]).flatten()] for name, op in unpack.items()},
}))
