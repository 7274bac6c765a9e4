using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace Vaal.Models;

/// <summary>
/// Sets libtorch up, once a process. Everything here is about speed or quiet, and does nothing where it cannot be done.
/// docs/results/performance.md has what each is worth.
/// </summary>
internal static unsafe class Libtorch
{
    private const int MostKept = 1_024;

    private static readonly Lazy<object?> Once = new(() =>
    {
        // libtorch's own number follows OMP_NUM_THREADS, and counts processors that a container may not use
        set_num_threads(RuntimeOptions.Current.Threads ?? Math.Min(get_num_threads(), Environment.ProcessorCount));
        KeepFreedMemory(RuntimeOptions.Current.KeptBlocks ?? MostKept);
        DisableNnpack();
        return null;
    });

    /// <summary>Called before the first network is made: as many threads as processors (more is ten times slower),
    /// unless <see cref="RuntimeOptions.Threads"/> or OpenMP says otherwise.</summary>
    public static void Ready() => _ = Once.Value;

    /// <summary>Threads that libtorch computes with; a value that is set holds for the thread that sets it.</summary>
    public static int Threads
    {
        get
        {
            // which would set them later, and otherwise
            Ready();
            return get_num_threads();
        }
        set
        {
            // a new thread takes the number that another set last, once: not after this one
            _ = Threads;
            set_num_threads(value);
        }
    }

    // A thread that waits for its siblings spins for milliseconds, and if another program has their processor, it burns
    // its own the while: ten times slower on a busy machine. libgomp reads this when it is loaded, hence so early;
    // .NET's own SetEnvironmentVariable does not reach native code.
    [ModuleInitializer, SuppressMessage("Usage", "CA2255", Justification = "must run before libtorch is loaded")]
    internal static void SpinBriefly()
    {
        if (OperatingSystem.IsLinux()) SetVariable("GOMP_SPINCOUNT\0"u8, "1000\0"u8, overwrite: false);
    }

    /// <summary>Sets an environment variable where native code looks for it; both texts end in a zero byte.</summary>
    internal static void SetVariable(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool overwrite)
    {
        if (OperatingSystem.IsWindows())
            Environment.SetEnvironmentVariable(
                Encoding.UTF8.GetString(name[..^1]), Encoding.UTF8.GetString(value[..^1]));
        else if (TryFind(OperatingSystem.IsMacOS() ? "libSystem.dylib" : "libc.so.6", "setenv", out var setenv))
            fixed (byte* n = name, v = value)
                ((delegate* unmanaged<byte*, byte*, int, int>)setenv)(n, v, overwrite ? 1 : 0);
    }

    /// <summary>
    /// glibc gives every large block back to the kernel when it is freed, and the next step faults it in again page by
    /// page: a third of a training step's time. Blocks up to <paramref name="mebibytes"/> stay with the process
    /// instead; fewer of them
    /// for a wide network, which computes long enough on each block not to mind, and would not fit its memory as well.
    /// </summary>
    private static void KeepFreedMemory(int mebibytes)
    {
        const int trimThreshold = -1, mmapThreshold = -3;
        if (mebibytes == 0 || !OperatingSystem.IsLinux() || !TryFind("libc.so.6", "mallopt", out var mallopt)) return;
        ((delegate* unmanaged<int, int, int>)mallopt)(mmapThreshold, mebibytes << 20);
        ((delegate* unmanaged<int, int, int>)mallopt)(trimThreshold, int.MaxValue);
    }

    /// <summary>The same for a training of a VAE of images, and for what follows it, unless
    /// <see cref="RuntimeOptions.KeptBlocks"/> says how much.</summary>
    /// <param name="width">of the VAE; from 128 on, a map takes half the bytes in bfloat16
    /// (docs/results/performance.md)</param>
    public static void KeepFreedMemoryOf(int width, bool bfloat16)
    {
        if (RuntimeOptions.Current.KeptBlocks is null)
            KeepFreedMemory(width < 128 ? MostKept : bfloat16 ? 64 : 32);
    }

    /// <summary>
    /// Gives what is free in between back to the kernel, once the networks of a round are gone: blocks that are kept
    /// lie between others that live on, so that a process of many rounds would hold ever more of them.
    /// </summary>
    public static void GiveBackFreedMemory()
    {
        if (OperatingSystem.IsLinux() && TryFind("libc.so.6", "malloc_trim", out var trim))
            _ = ((delegate* unmanaged<nuint, int>)trim)(0);
    }

    // NNPACK runs on few processors and prints a warning a convolution on all others. TorchSharp does not wrap
    // at::globalContext().setUserEnabledNNPACK(false); libtorch exports it (Windows mangles names differently).
    private static void DisableNnpack()
    {
        var library = OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so";
        if (OperatingSystem.IsWindows() || !TryFind(library, "_ZN2at13globalContextEv", out var context)
            || !TryFind(library, "_ZN2at7Context20setUserEnabledNNPACKEb", out var enable)) return;
        ((delegate* unmanaged<void*, byte, void>)enable)(((delegate* unmanaged<void*>)context)(), 0);
    }

    private static bool TryFind(string library, string symbol, out nint address)
    {
        address = 0;
        return NativeLibrary.TryLoad(library, typeof(Libtorch).Assembly, null, out var handle)
            && NativeLibrary.TryGetExport(handle, symbol, out address);
    }
}
