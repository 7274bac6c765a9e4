using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Vaal.Data;

internal sealed partial class PackedFile
{
    /// <summary>Makes a whole file of what a killed process has left of one, up to its last checkpoint.</summary>
    /// <param name="checkpoint">as <see cref="Writer.Checkpoint"/> was given it</param>
    /// <returns>its path, and its pixels are not checked yet; null: nothing is left, or its writer lives</returns>
    public static string? Rescue(string checkpoint)
    {
        try
        {
            if (!File.Exists(checkpoint) || RegularFile.ReadAllBytes(checkpoint) is not { Length: > PixelsAt } bytes)
                return null;
            var (at, length) = (BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(IndexIsAt)),
                BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(IndexIsAt + 8)));
            if (at < PixelsAt || length < 0 || length > bytes.Length - PixelsAt) return null;
            var name = Encoding.UTF8.GetString(bytes.AsSpan(PixelsAt + (int)length));
            var left = Path.Combine(Path.GetDirectoryName(checkpoint)!, name);
            // somebody else's workspace names no other file
            if (Path.GetFileName(name) != name || name.Contains('\0')
                || !name.EndsWith(".tmp", StringComparison.Ordinal)
                || new FileInfo(left) is not { Exists: true, LinkTarget: null } || !AtomicFile.IsLeft(left))
                return null;
            using var file = new FileStream(left, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            // its writer ended meanwhile and gives the file its name
            if (!File.Exists(checkpoint) || file.Length < at) return null;
            file.SetLength(at);
            file.Position = at;
            file.Write(bytes.AsSpan(PixelsAt, (int)length));
            file.Position = 0;
            file.Write(bytes.AsSpan(0, PixelsAt));
            file.Flush(flushToDisk: true);
            return left;
        }
        // then all of it is decoded again
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes such a file from start to end; the header comes last, so that half a file is never taken for a
    /// whole one.</summary>
    internal sealed class Writer
    {
        private readonly Stream _stream;
        private readonly List<(int Length, byte[] Sum)> _blocks = [];
        private readonly List<PackedEntry> _entries = [];

        public Writer(Stream stream)
        {
            _stream = stream;
            _stream.Write(new byte[PixelsAt]);
        }

        public int Count => _entries.Count;

        /// <param name="pixels">of those of <paramref name="entries"/> that have any</param>
        public void Append(ReadOnlySpan<byte> pixels, IEnumerable<PackedEntry> entries)
        {
            _stream.Write(pixels);
            _blocks.Add((pixels.Length, SHA256.HashData(pixels)));
            _entries.AddRange(entries);
        }

        public void Finish(LoadOptions options)
        {
            var (header, index) = Description(options);
            _stream.Write(index);
            _stream.Position = 0;
            _stream.Write(header);
        }

        /// <summary>Writes down what is in the file so far, of which <see cref="Rescue"/> makes a whole one if this
        /// process is killed.</summary>
        /// <param name="path">of the checkpoint, in the same folder</param>
        public void Checkpoint(string path, LoadOptions options)
        {
            var file = (FileStream)_stream;
            file.Flush(flushToDisk: true);
            var (header, index) = Description(options);
            var name = Encoding.UTF8.GetBytes(Path.GetFileName(file.Name));
            AtomicFile.Create(path, to =>
            {
                to.Write(header);
                to.Write(index);
                to.Write(name);
            });
        }

        private (byte[] Header, byte[] Index) Description(LoadOptions options)
        {
            var index = Index();
            var header = Header(options, _stream.Position, index.Length);
            Sum(header, index).CopyTo(header, Described);
            return (header, index);
        }

        private byte[] Index()
        {
            var index = new MemoryStream();
            using var writer = new BinaryWriter(index);
            writer.Write(_blocks.Count);
            foreach (var (length, sum) in _blocks)
            {
                writer.Write(length);
                writer.Write(sum);
            }
            writer.Write(_entries.Count);
            foreach (var (file, width, height, problem) in _entries)
            {
                writer.Write(file.Path);
                writer.Write(file.Length);
                writer.Write(file.Modified);
                writer.Write(width);
                writer.Write(height);
                writer.Write(problem ?? "");
            }
            return index.ToArray();
        }
    }
}
