using System.Formats.Tar;
using System.Globalization;
using Vaal.Data;

namespace Vaal.Cluster.Pools;

/// <summary>
/// Where the images lie in a tar archive (WebDataset's layout: <c>key.jpg</c> beside <c>key.cls</c>, the class). Only
/// headers are read where the archive can be sought; where it cannot, such as in a bucket, it is read to its end.
/// </summary>
internal static class TarIndex
{
    private const int MostClassBytes = 256;

    /// <param name="archive">disposed at the end</param>
    /// <param name="name">of the archive, as the entries name it</param>
    public static IEnumerable<(PoolEntry Entry, string Where)> Of(Stream archive, string name,
        Action<LeftOutEntry> leftOut)
    {
        using var stream = new Counted(archive);
        using var tar = new TarReader(stream);
        (string Key, PoolEntry Entry)? image = null;
        string? key = null, label = null;
        while (Next(tar, name, leftOut) is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile)) continue;
            var of = KeyOf(entry.Name);
            if (of != key)
            {
                if (image is { } whole) yield return (whole.Entry with { Label = label }, whole.Entry.Location);
                (key, image, label) = (of, null, null);
            }
            if (entry.Name.EndsWith(".cls", StringComparison.OrdinalIgnoreCase)) label = Class(entry);
            else if (SourceFiles.IsPicture(entry.Name))
            {
                if (image is { } other) yield return (other.Entry, other.Entry.Location);
                // an entry of a stream that cannot be sought has no offset; its data is what comes next
                var offset = stream.CanSeek ? entry.DataOffset : stream.Position;
                image = (of, new(string.Create(CultureInfo.InvariantCulture,
                    $"{name}#{offset}+{entry.Length}#{entry.Name}"), null, entry.Length));
            }
        }
        if (image is { } last) yield return (last.Entry with { Label = label }, last.Entry.Location);
    }

    private static TarEntry? Next(TarReader tar, string name, Action<LeftOutEntry> leftOut)
    {
        try
        {
            return tar.GetNextEntry();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            leftOut(new(name, name, $"the archive is damaged from here on: {e.Message}"));
            return null;
        }
    }

    // WebDataset: up to the first dot of the name
    private static string KeyOf(string name)
    {
        var slash = name.LastIndexOf('/');
        var dot = name.IndexOf('.', slash + 1);
        return dot < 0 ? name : name[..dot];
    }

    private static string? Class(TarEntry entry)
    {
        if (entry.Length is 0 or > MostClassBytes || entry.DataStream is null) return null;
        using var reader = new StreamReader(entry.DataStream, leaveOpen: true);
        var text = reader.ReadToEnd().Trim();
        return text.Length == 0 ? null : text;
    }

    /// <summary>Knows its position where the stream below does not, such as an answer of a server.</summary>
    private sealed class Counted(Stream inner) : Stream
    {
        private long _position;

        public override bool CanRead => true;
        public override bool CanSeek => inner.CanSeek;
        public override bool CanWrite => false;
        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.CanSeek ? inner.Position : _position;
            set => inner.Position = value;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var read = inner.Read(buffer);
            _position += read;
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);
        public override void Flush() { }
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
