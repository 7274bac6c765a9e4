using static TorchSharp.torch;

namespace Vaal.Tests.Models;

public sealed class DevicesTests
{
    /// <summary>Users of the library have no options of a command line, and add a package.</summary>
    [Fact]
    public void Named_CudaWithoutOne_SaysWhatToDoInAProgramAndInALibrary()
    {
        Assert.SkipWhen(cuda.is_available(), "there is a CUDA device");
        var message = Assert.Throws<InputException>(() => Devices.Named("cuda")).Message;
        Assert.StartsWith("expected a CUDA device, found none that can be used; take cpu", message,
            StringComparison.Ordinal);
        Assert.Contains("TorchSharp-cuda-linux", message, StringComparison.Ordinal);
        Assert.DoesNotContain("--", message, StringComparison.Ordinal);
    }
}
