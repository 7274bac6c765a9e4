using TorchSharp.Modules;
using Vaal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Bench;

/// <summary>
/// The designs that SmallCnn was chosen among. All end in an average over positions and one linear layer. Widths are
/// multiples of 16: with others, libtorch 2.10's 3×3 convolutions read memory that nobody has written (AVX-512).
/// </summary>
internal static class SmallCnnDesigns
{
    public static readonly Dictionary<string, (string What, Func<int, int, TaskModel> Create)> All = new()
    {
        ["plain-32-64-128"] = ("4 convolutions from full resolution, max-pools", (c, k) => new Design(c, k, 128,
            [.. Conv(c, 32), MaxPool2d(2), .. Conv(32, 64), MaxPool2d(2), .. Conv(64, 128), MaxPool2d(2),
                .. Conv(128, 128)])),
        ["strided-32-64-128"] =
            ("first convolution 5×5 of stride 2, then 3 convolutions, max-pools", (c, k) => new Design(c, k, 128,
            [.. Conv(c, 32, 5, 2), .. Conv(32, 64), MaxPool2d(2), .. Conv(64, 128), MaxPool2d(2), .. Conv(128, 128)])),
        ["plain-16-32-64-128"] = ("the same, narrower where the maps are large", (c, k) => new Design(c, k, 128,
            [.. Conv(c, 16), MaxPool2d(2), .. Conv(16, 32), MaxPool2d(2), .. Conv(32, 64), MaxPool2d(2),
                .. Conv(64, 128)])),
        ["res-16-32-64-128"] =
            ("that with a residual block in each of the two small stages", (c, k) => new Design(c, k, 128,
            [.. Conv(c, 16), MaxPool2d(2), .. Conv(16, 32), MaxPool2d(2), .. Conv(32, 64), new Residual(64),
                MaxPool2d(2), .. Conv(64, 128), new Residual(128)])),
        ["plain-16-64-128"] = ("as the first, half its first layer", (c, k) => new Design(c, k, 128,
            [.. Conv(c, 16), MaxPool2d(2), .. Conv(16, 64), MaxPool2d(2), .. Conv(64, 128), MaxPool2d(2),
                .. Conv(128, 128)])),
        ["strided-48-96-192"] = ("the same, wider", (c, k) => new Design(c, k, 192,
            [.. Conv(c, 48, 5, 2), .. Conv(48, 96), MaxPool2d(2), .. Conv(96, 192), MaxPool2d(2), .. Conv(192, 192)])),
        ["strided-res-32-64-128"] =
            ("first convolution 5×5 of stride 2, a residual block a stage", (c, k) => new Design(c, k, 128,
            [.. Conv(c, 32, 5, 2), new Residual(32), .. Conv(32, 64), MaxPool2d(2), new Residual(64), .. Conv(64, 128),
                MaxPool2d(2), new Residual(128)])),
        ["resnet9-16"] = ("ResNet-9, a quarter of the usual width", (c, k) => ResNet9(c, k, 16)),
        ["resnet9-32"] = ("ResNet-9, half the usual width", (c, k) => ResNet9(c, k, 32)),
        ["wrn-10-2"] = ("wide ResNet, 10 layers, widths 32-64-128", (c, k) => new Design(c, k, 128,
            [.. Conv(c, 16), new Wide(16, 32, 1), new Wide(32, 64, 2), new Wide(64, 128, 2), BatchNorm2d(128),
                ReLU(inplace: true)])),
        ["separable-32-64-128-256"] = ("MobileNet's depthwise-separable convolutions", (c, k) => new Design(c, k, 256,
            [.. Conv(c, 32, 5, 2), .. Separable(32, 64), MaxPool2d(2), .. Separable(64, 128), .. Separable(128, 128),
                MaxPool2d(2), .. Separable(128, 256)])),
        ["small-cnn"] = ("what TaskModels gives", (c, k) => TaskModels.Create("small-cnn", c, k)),
    };

    private static Design ResNet9(int channels, int classes, int w) => new(channels, classes, 8 * w,
        [.. Conv(channels, w), .. Conv(w, 2 * w), MaxPool2d(2), new Residual(2 * w),
            .. Conv(2 * w, 4 * w), MaxPool2d(2),
         .. Conv(4 * w, 8 * w), MaxPool2d(2), new Residual(8 * w)]);

    private static Module<Tensor, Tensor>[] Conv(int from, int to, int kernel = 3, int stride = 1) =>
        [Conv2d(from, to, kernel, stride, kernel / 2, bias: false), BatchNorm2d(to), ReLU(inplace: true)];

    private static Module<Tensor, Tensor>[] Separable(int from, int to) =>
        [Conv2d(from, from, 3, padding: 1, groups: from, bias: false), BatchNorm2d(from), ReLU(inplace: true),
            .. Conv(from, to, 1)];

    private sealed class Design : TaskModel
    {
        private readonly Sequential body;
        private readonly Linear head;

        public Design(int channels, int classes, int features, Module<Tensor, Tensor>[] layers)
            : base("design", channels, classes, features)
        {
            body = Sequential([.. layers, AdaptiveAvgPool2d(1), Flatten()]);
            head = Linear(features, classes);
            RegisterComponents();
        }

        public override Tensor Features(Tensor x) => body.call(x);

        internal override Tensor Classify(Tensor features) => head.call(features);
    }

    private sealed class Residual : Module<Tensor, Tensor>
    {
        private readonly Sequential body;

        public Residual(int width) : base(nameof(Residual))
        {
            body = Sequential([.. Conv(width, width), .. Conv(width, width)]);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var h = body.call(x);
            return x + h;
        }
    }

    private sealed class Wide : Module<Tensor, Tensor>
    {
        private readonly BatchNorm2d bn1, bn2;
        private readonly Conv2d conv1, conv2, shortcut;

        public Wide(int from, int to, int stride) : base(nameof(Wide))
        {
            (bn1, bn2) = (BatchNorm2d(from), BatchNorm2d(to));
            conv1 = Conv2d(from, to, 3, stride, 1, bias: false);
            conv2 = Conv2d(to, to, 3, 1, 1, bias: false);
            shortcut = Conv2d(from, to, 1, stride, bias: false);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            var h = bn1.call(x).relu_();
            return (conv2.call(bn2.call(conv1.call(h)).relu_()) + shortcut.call(h)).MoveToOuterDisposeScope();
        }
    }
}
