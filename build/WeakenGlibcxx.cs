#pragma warning disable IDE0005 // MSBuild compiles this file without implicit usings
using System;
using System.IO;
using System.Text;

/// <summary>
/// Marks one version that an ELF library needs of libstdc++ as weak, so that the dynamic loader warns instead of
/// refusing where libstdc++ is older. TorchSharp's library asks for GLIBCXX_3.4.32 on account of a single symbol,
/// _ZSt21ios_base_library_initv, that it never calls.
/// </summary>
/// <remarks>
/// ELF gABI, "Symbol versioning": section type SHT_GNU_verneed (0x6ffffffe) is a list of Elf64_Verneed, each with a
/// list of Elf64_Vernaux; vna_flags bit VER_FLG_WEAK (0x2) makes the need weak. Only 64-bit little-endian files.
/// </remarks>
public static class ElfVersionNeeds
{
    private const uint GnuVersionNeeds = 0x6ffffffe;
    private const ushort Weak = 0x2;

    /// <summary>Sets the weak flag in place; returns the number of entries of that version, changed or not.</summary>
    /// <exception cref="InvalidDataException">not a 64-bit little-endian ELF file, or cut short</exception>
    public static int Weaken(byte[] elf, string version)
    {
        if (elf.Length < 64 || BitConverter.ToUInt32(elf, 0) != 0x464c457f || elf[4] != 2 || elf[5] != 1)
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        try
        {
            return WeakenSections(elf, version);
        }
        catch (Exception e) when (e is ArgumentException || e is IndexOutOfRangeException || e is OverflowException)
        {
            throw new InvalidDataException("the ELF file is cut short or damaged", e);
        }
    }

    private static int WeakenSections(byte[] elf, string version)
    {
        var headers = checked((int)BitConverter.ToUInt64(elf, 0x28));
        int size = BitConverter.ToUInt16(elf, 0x3a), count = BitConverter.ToUInt16(elf, 0x3c), found = 0;
        for (var i = 0; i < count; i++)
        {
            var section = headers + i * size;
            if (BitConverter.ToUInt32(elf, section + 4) != GnuVersionNeeds) continue;
            var strings = headers + checked((int)BitConverter.ToUInt32(elf, section + 0x28)) * size;      // sh_link
            found += WeakenNeeds(elf, Offset(elf, section), Offset(elf, strings), version);
        }
        return found;
    }

    private static int WeakenNeeds(byte[] elf, int need, int strings, string version)
    {
        for (var found = 0; ;)
        {
            var aux = need + checked((int)BitConverter.ToUInt32(elf, need + 8));                           // vn_aux
            for (int i = 0, n = BitConverter.ToUInt16(elf, need + 2); i < n; i++)                          // vn_cnt
            {
                if (TextAt(elf, strings + checked((int)BitConverter.ToUInt32(elf, aux + 8))) == version)   // vna_name
                {
                    var flags = (ushort)(BitConverter.ToUInt16(elf, aux + 4) | Weak);                      // vna_flags
                    BitConverter.GetBytes(flags).CopyTo(elf, aux + 4);
                    found++;
                }
                aux += checked((int)BitConverter.ToUInt32(elf, aux + 12));                                 // vna_next
            }
            var next = checked((int)BitConverter.ToUInt32(elf, need + 12));                                // vn_next
            if (next == 0) return found;
            need += next;
        }
    }

    private static int Offset(byte[] elf, int section) => checked((int)BitConverter.ToUInt64(elf, section + 0x18));

    private static string TextAt(byte[] elf, int start)
    {
        var end = Array.IndexOf(elf, (byte)0, start);
        return Encoding.ASCII.GetString(elf, start, end - start);
    }
}

#if !VAAL_TESTS
/// <summary>Writes a weakened copy of Source to Destination, whole or not at all.</summary>
public sealed class WeakenGlibcxx : Microsoft.Build.Utilities.Task
{
    [Microsoft.Build.Framework.Required] public string Source { get; set; }
    [Microsoft.Build.Framework.Required] public string Destination { get; set; }
    [Microsoft.Build.Framework.Required] public string Version { get; set; }

    public override bool Execute()
    {
        var bytes = File.ReadAllBytes(Source);
        if (ElfVersionNeeds.Weaken(bytes, Version) == 0)
        {
            Log.LogError("expected " + Source + " to need " + Version + ", found no such need; nothing was patched. "
                + "Use the TorchSharp version that Vaal depends on, or set VaalPatchTorchSharp=false.");
            return false;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        var temporary = Destination + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(temporary, bytes);
        File.Delete(Destination);
        File.Move(temporary, Destination);
        return true;
    }
}
#endif
