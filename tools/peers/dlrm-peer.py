"""The model of the benchmark in PyTorch: one embedding bag a table, the layers, plain SGD. Reads requests, prints seconds.

A line of standard input is {"mode": "train" | "infer", "batch": samples, "calls": n}; the answer is {"seconds": [...]}.
The shape may name a device; a step takes its batch there from the host's memory, and its loss or predictions back.
"""

import json
import sys
import time

import torch
from torch import nn


class Dlrm(nn.Module):
    def __init__(self, shape, device):
        super().__init__()
        self.tables = nn.ModuleList(
            nn.EmbeddingBag(rows, shape["cols"], mode="sum", sparse=True, device=device) for rows in shape["rows"]
        )
        self.bottom = layers(shape["bottom"], True, device)
        self.top = layers(shape["top"], False, device)
        vectors = len(shape["rows"]) + 1
        self.register_buffer("pairs", torch.tril_indices(vectors, vectors, offset=-1, device=device))

    def forward(self, dense, indices, offsets):
        first = self.bottom(dense)
        rows = [table(index, offsets) for table, index in zip(self.tables, indices)]
        vectors = torch.stack([first, *rows], dim=1)
        products = torch.bmm(vectors, vectors.transpose(1, 2))
        lower = products[:, self.pairs[0], self.pairs[1]]
        return self.top(torch.cat([first, lower], dim=1)).squeeze(1)


def layers(sizes, last, device):
    parts = []
    for k, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        parts.append(nn.Linear(inputs, outputs, device=device))
        if last or k < len(sizes) - 2:
            parts.append(nn.ReLU())
    return nn.Sequential(*parts)


def main():
    shape = json.loads(sys.argv[1])
    torch.set_num_threads(shape["threads"])
    torch.manual_seed(1)
    device = torch.device(shape.get("device", "cpu"))
    model = Dlrm(shape, device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    loss = nn.BCEWithLogitsLoss()

    def draw(batch):
        # The same law as ours: ranks by Zipf's law with exponent 1, scattered over the rows.
        indices = []
        for rows in shape["rows"]:
            ranks = torch.exp(torch.rand(batch, dtype=torch.float64) * torch.log(torch.tensor(float(rows)))).long() - 1
            indices.append((ranks * 0x9E3779B1) % 2**32 % rows)
        return torch.rand(batch, shape["dense"]), indices, torch.arange(batch), torch.randint(0, 2, (batch,)).float()

    def sent(dense, indices, offsets, labels):
        return dense.to(device), [index.to(device) for index in indices], offsets.to(device), labels.to(device)

    def train(*batch):
        dense, indices, offsets, labels = sent(*batch)
        optimizer.zero_grad()
        found = loss(model(dense, indices, offsets), labels)
        found.backward()
        optimizer.step()
        # Reading the loss waits for the device.
        found.item()

    def infer(*batch):
        dense, indices, offsets, _ = sent(*batch)
        with torch.no_grad():
            torch.sigmoid(model(dense, indices, offsets)).cpu()

    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    print(json.dumps({"version": torch.__version__, "device": name}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        step = train if request["mode"] == "train" else infer
        batches = [draw(request["batch"]) for _ in range(request["calls"])]
        seconds = []
        for batch in batches:
            start = time.perf_counter()
            step(*batch)
            seconds.append(time.perf_counter() - start)
        print(json.dumps({"seconds": seconds}), flush=True)


main()
