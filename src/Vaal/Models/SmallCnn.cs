using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Models;

/// <summary>A small network for a computer without an accelerator.</summary>
internal sealed class SmallCnn : TaskModel
{
    private readonly Sequential body;
    private readonly Linear head;

    public SmallCnn(int channels, int classes) : base("small-cnn", channels, classes, featureDim: 128)
    {
        body = Sequential(
            Conv2d(channels, 32, 3, stride: 2, padding: 1, bias: false), BatchNorm2d(32), ReLU(inplace: true),
            Conv2d(32, 64, 3, padding: 1, bias: false), BatchNorm2d(64), ReLU(inplace: true), MaxPool2d(2),
            Conv2d(64, 128, 3, padding: 1, bias: false), BatchNorm2d(128), ReLU(inplace: true),
            AdaptiveAvgPool2d(1), Flatten());
        head = Linear(128, classes);
        RegisterComponents();
    }

    public override Tensor Features(Tensor x) => body.call(x);

    public override Tensor Classify(Tensor features) => head.call(features);
}
