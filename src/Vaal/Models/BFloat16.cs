using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Vaal.Models;

/// <summary>
/// Where bfloat16 pays: on processors that multiply it, which oneDNN then does at twice float32's rate or more.
/// Elsewhere (AVX2 only, Arm, macOS) it would be emulated, slower than float32; other devices are left alone.
/// </summary>
internal static class BFloat16
{
    private const int Avx512Bf16 = 1 << 5;

    private static readonly bool Multiplies = Avx512BW.IsSupported && X86Base.CpuId(0, 0).Eax >= 7
        && (X86Base.CpuId(7, 1).Eax & Avx512Bf16) != 0;

    /// <summary>AVX-512 with BF16, and nobody who has said no: <see cref="RuntimeOptions.BFloat16"/>, or
    /// <c>DOTNET_EnableAVX512=0</c>.</summary>
    public static bool InProcessor => Multiplies && RuntimeOptions.Current.BFloat16;

    /// <summary>Whether the VAE's convolutions are trained in bfloat16: only where that was asked for.</summary>
    /// <param name="processor">null: this one</param>
    public static bool TrainsIn(Precision precision, Device device, bool? processor = null) =>
        precision == Precision.Bf16 && RanksIn(precision, device, processor);

    /// <summary>Whether a pool is ranked in bfloat16 first.</summary>
    /// <param name="processor">null: this one</param>
    public static bool RanksIn(Precision precision, Device device, bool? processor = null) =>
        precision != Precision.Float32 && device.type == TorchSharp.DeviceType.CPU && (processor ?? InProcessor);
}
