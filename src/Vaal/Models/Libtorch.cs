using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Vaal.Models;

/// <summary>
/// Sets libtorch up once a process: as many threads as there are processors (more than that is ten times slower) unless
/// OMP_NUM_THREADS says otherwise, and
/// NNPACK off where this build lets us, because it runs on few processors and prints a warning a convolution on all others.
/// </summary>
internal static class Libtorch
{
    private static readonly Lazy<bool> Once = new(() =>
    {
        if (Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is null) set_num_threads(Environment.ProcessorCount);
        return DisableNnpack();
    });

    /// <summary>Called before the first network is made. Whether NNPACK could be switched off.</summary>
    public static bool Ready() => Once.Value;

    // TorchSharp does not wrap at::globalContext().setUserEnabledNNPACK(false); libtorch exports it.
    private static unsafe bool DisableNnpack()
    {
        RuntimeHelpers.RunClassConstructor(typeof(TorchSharp.torch).TypeHandle);
        if (!TryLoad(out var library)
            || !NativeLibrary.TryGetExport(library, "_ZN2at13globalContextEv", out var context)
            || !NativeLibrary.TryGetExport(library, "_ZN2at7Context20setUserEnabledNNPACKEb", out var set)) return false;
        ((delegate* unmanaged<void*, byte, void>)set)(((delegate* unmanaged<void*>)context)(), 0);
        return true;
    }

    // The library that is loaded already: the loader knows it by its soname.
    private static bool TryLoad(out nint library)
    {
        library = 0;
        return !OperatingSystem.IsWindows()                                         // other name mangling
            && NativeLibrary.TryLoad(OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so", typeof(TorchSharp.torch).Assembly, null, out library);
    }
}
