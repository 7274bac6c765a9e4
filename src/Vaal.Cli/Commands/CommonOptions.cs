using System.CommandLine;

namespace Vaal.Cli.Commands;

/// <summary>Options that mean the same in every command.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "print the results as one line of JSON" };

    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "no progress on standard error" };

    public static Option<string> Device()
    {
        var device = new Option<string>("--device") { Description = "where to compute", DefaultValueFactory = _ => "cpu" };
        return device.AcceptOnlyFromAmong("cpu", "cuda");
    }

    /// <summary>The device of that name.</summary>
    /// <exception cref="InputException">this build or this machine has no such device</exception>
    public static TorchSharp.torch.Device DeviceOf(string name)
    {
        if (name != "cuda") return TorchSharp.torch.CPU;
        return TorchSharp.torch.cuda.is_available()
            ? TorchSharp.torch.CUDA
            : throw new InputException("no CUDA device can be used; build with -p:TorchBackend=cuda on a machine with an NVIDIA GPU, or leave --device out");
    }
}
