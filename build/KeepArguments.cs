#pragma warning disable IDE0005 // MSBuild compiles this file without implicit usings
using System;
using System.IO;

/// <summary>
/// Turns the optimiser off for one managed assembly, TorchSharp.dll. It passes libtorch the address of a number
/// (Scalar) and no longer holds the number itself. A garbage collection on another thread can free it before libtorch
/// has read it: an unexpected error, or a wrong number. Without the optimiser, arguments live until the method returns.
/// </summary>
/// <remarks>
/// ECMA-335 II.23.3: the value of the assembly's DebuggableAttribute(DebuggingModes) is a blob of 8 bytes: prolog
/// 01 00, the modes, no named arguments. The runtime obeys DisableOptimizations (0x100) only beside Default (0x1).
/// </remarks>
public static class ManagedOptimiser
{
    private static readonly byte[] Debuggable = { 8, 1, 0, 2, 0, 0, 0, 0, 0 };
    private const int Modes = 3;

    /// <summary>Sets the modes in place.</summary>
    /// <exception cref="InvalidDataException">the assembly has no such attribute, or has its bytes twice</exception>
    public static void TurnOff(byte[] assembly)
    {
        var at = Find(assembly, 0);
        if (at < 0 || Find(assembly, at + 1) >= 0)
        {
            throw new InvalidDataException("expected DebuggableAttribute(2) once in TorchSharp.dll, found 0 or 2; "
                + "use the TorchSharp version that Vaal depends on, or set VaalPatchTorchSharp=false");
        }
        assembly[at + Modes] = 3;
        assembly[at + Modes + 1] = 1;
    }

    private static int Find(byte[] assembly, int from)
    {
        for (var at = from; at + Debuggable.Length <= assembly.Length; at++)
        {
            var i = 0;
            while (i < Debuggable.Length && assembly[at + i] == Debuggable[i]) i++;
            if (i == Debuggable.Length) return at;
        }
        return -1;
    }
}

#if !VAAL_TESTS
/// <summary>Writes a copy of Source with the optimiser turned off to Destination, whole or not at all.</summary>
public sealed class KeepArguments : Microsoft.Build.Utilities.Task
{
    [Microsoft.Build.Framework.Required] public string Source { get; set; }
    [Microsoft.Build.Framework.Required] public string Destination { get; set; }

    public override bool Execute()
    {
        var bytes = File.ReadAllBytes(Source);
        ManagedOptimiser.TurnOff(bytes);
        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        var temporary = Destination + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(temporary, bytes);
        File.Delete(Destination);
        File.Move(temporary, Destination);
        return true;
    }
}
#endif
