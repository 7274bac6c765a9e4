using System.Text;

namespace Vaal.Tests.House;

public sealed class WeakenGlibcxxTests
{
    private const string Wanted = "GLIBCXX_3.4.32";

    [Fact]
    public void Weaken_VersionIsNeeded_SetsWeakFlagOfThatEntryOnly()
    {
        var elf = Elf("GLIBCXX_3.4", Wanted, "GLIBC_2.34");
        var before = elf.ToArray();

        Assert.Equal(1, ElfVersionNeeds.Weaken(elf, Wanted));

        int[] changed = [.. Enumerable.Range(0, elf.Length).Where(i => elf[i] != before[i])];
        Assert.Equal([FlagsOf(entry: 1)], changed);
        Assert.Equal(2, elf[changed[0]]);
    }

    [Fact]
    public void Weaken_Twice_ChangesNothingMore()
    {
        var elf = Elf("A", Wanted);
        ElfVersionNeeds.Weaken(elf, Wanted);
        var once = elf.ToArray();
        Assert.Equal(1, ElfVersionNeeds.Weaken(elf, Wanted));
        Assert.Equal(once, elf);
    }

    [Fact]
    public void Weaken_VersionIsNotNeeded_LeavesFileAlone()
    {
        var elf = Elf("GLIBCXX_3.4", "GLIBCXX_3.4.3");
        var before = elf.ToArray();
        Assert.Equal(0, ElfVersionNeeds.Weaken(elf, Wanted));
        Assert.Equal(before, elf);
    }

    /// <summary>The file beside the tests is a copy of what the tool and the tests ship.</summary>
    [Fact]
    public void LibTorchSharp_AsBuilt_NeedsTheVersionWeakly()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has libLibTorchSharp.so");
        var elf = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"));
        var built = elf.ToArray();
        Assert.Equal(1, ElfVersionNeeds.Weaken(elf, Wanted));
        Assert.Equal(built, elf);
    }

    [Fact]
    public void Weaken_NotElfOrCutShort_IsRefused()
    {
        Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.Weaken(new byte[100], Wanted));
        Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.Weaken(Elf(Wanted)[..100], Wanted));
    }

    // header 64 | section headers 3 × 64 | verneed 16 + 16 an entry | strings
    private const int Sections = 64, Need = Sections + 3 * 64;

    private static int FlagsOf(int entry) => Need + 16 + entry * 16 + 4;

    private static byte[] Elf(params string[] versions)
    {
        var strings = Need + 16 + versions.Length * 16;
        var text = Encoding.ASCII.GetBytes("\0" + string.Concat(versions.Select(v => v + "\0")));
        var elf = new byte[strings + text.Length];
        void U16(int at, int v) => BitConverter.GetBytes((ushort)v).CopyTo(elf, at);
        void U32(int at, uint v) => BitConverter.GetBytes(v).CopyTo(elf, at);
        void U64(int at, long v) => BitConverter.GetBytes(v).CopyTo(elf, at);
        byte[] magic = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        magic.CopyTo(elf, 0);
        U64(0x28, Sections);
        U16(0x3a, 64);
        U16(0x3c, 3);
        U32(Sections + 64 + 4, 0x6ffffffe);                  // section 1: SHT_GNU_verneed
        U64(Sections + 64 + 0x18, Need);
        U32(Sections + 64 + 0x28, 2);                        // its strings are section 2
        U32(Sections + 128 + 4, 3);
        U64(Sections + 128 + 0x18, strings);
        U16(Need, 1);
        U16(Need + 2, versions.Length);
        U32(Need + 8, 16);
        for (int i = 0, name = 1; i < versions.Length; name += versions[i].Length + 1, i++)
        {
            U32(Need + 16 + i * 16 + 8, (uint)name);
            U32(Need + 16 + i * 16 + 12, i + 1 < versions.Length ? 16u : 0u);
        }
        text.CopyTo(elf, strings);
        return elf;
    }
}
