using System.Security.Cryptography;

namespace Vaal.Cluster.Stores;

/// <summary>
/// The frame of every binary file of a job: eight letters that say what it is, the content, and the SHA-256 of both.
/// </summary>
internal static class SealedBytes
{
    private const int MagicBytes = 8, SumBytes = 32;

    public static byte[] Pack(string magic, Action<BinaryWriter> write)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(System.Text.Encoding.ASCII.GetBytes(magic));
        write(writer);
        writer.Flush();
        writer.Write(SHA256.HashData(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
        writer.Flush();
        return bytes.ToArray();
    }

    /// <summary>The sum at the end of a packed file: equal content, equal digest.</summary>
    public static string Digest(ReadOnlySpan<byte> packed) => Convert.ToHexStringLower(packed[^SumBytes..]);

    /// <param name="name">for the message</param>
    /// <exception cref="InputException">it is something else, or damaged</exception>
    public static BinaryReader Open(byte[] packed, string magic, string name)
    {
        if (packed.Length < MagicBytes + SumBytes
            || !packed.AsSpan(0, MagicBytes).SequenceEqual(System.Text.Encoding.ASCII.GetBytes(magic))
            || !SHA256.HashData(packed.AsSpan(0, packed.Length - SumBytes)).AsSpan()
                .SequenceEqual(packed.AsSpan(packed.Length - SumBytes)))
            throw new InputException(
                $"expected a whole file in {name}, found another or a damaged one; delete it and submit the job again");
        return new(new MemoryStream(packed, MagicBytes, packed.Length - MagicBytes - SumBytes, writable: false));
    }
}
