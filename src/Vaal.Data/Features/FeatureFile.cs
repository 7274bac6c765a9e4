using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Vaal.Data.Features;

/// <summary>A row of features: what it was made from.</summary>
/// <param name="Content">first half of the SHA-256 of the image file, or of its pixels</param>
/// <param name="Stamp">first half of a SHA-256 of the file's path, length and time: who has that need not be read
/// again</param>
internal readonly record struct FeatureKey(UInt128 Content, UInt128 Stamp)
{
    /// <summary>Of path, length and time.</summary>
    public static UInt128 StampOf(SourceFile file) => First(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{file.Path}\n{file.Length}\n{file.Modified}")));

    /// <summary>Of the path alone, by which the rows of a table are found.</summary>
    public static UInt128 OfPath(string path) => First(SHA256.HashData(Encoding.UTF8.GetBytes("path:" + path)));

    /// <summary>The first half of a hash.</summary>
    public static UInt128 First(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt128BigEndian(hash);
}

/// <summary>
/// Features of one encoder, float16, in one file that only grows. A kill at any moment leaves a torn last block, which
/// the next writer cuts off. Little-endian:
/// <code>
/// 0     "VAALFEA1"
/// 8     F (int32), 0 (int32)
/// 16    digest of the encoder (32 bytes)
/// 48    SHA-256 of bytes 0..47
/// 4096  blocks: "BLK1", rows n (int32), other names m (int32), 0, SHA-256 of the rest of the block and of n and m;
///       n × (content, stamp), m × (content, stamp), n × F float16, zeros up to a multiple of 64
/// </code>
/// The m other names are files whose content has a row already.
/// </summary>
internal sealed partial class FeatureFile : IDisposable
{
    private const int BlocksAt = 4096, BlockHeader = 48, KeyBytes = 32, Align = 64;
    private readonly Dictionary<UInt128, int> _byContent = [];
    private readonly Dictionary<UInt128, int> _byStamp = [];
    private readonly List<long> _offsets = [];
    private readonly string _digest;
    private FileStream? _writer, _lock;
    private long _end;

    private FeatureFile(string path, string digest, int dim) => (Path, _digest, Dim) = (path, digest, dim);

    public string Path { get; }

    /// <summary>F.</summary>
    public int Dim { get; }

    /// <summary>Rows in the file.</summary>
    public int Count => _offsets.Count;

    public bool IsWriting => _writer is not null;

    /// <summary>What was wrong with the file, and what was done; null: nothing.</summary>
    public string? Note { get; private set; }

    private static ReadOnlySpan<byte> Magic => "VAALFEA1"u8;

    private static ReadOnlySpan<byte> BlockMagic => "BLK1"u8;

    /// <summary>Opens a file and checks every block; there may be none yet.</summary>
    /// <param name="digest">of the encoder</param>
    /// <exception cref="InputException">it holds the features of another encoder, or something else</exception>
    public static FeatureFile Open(string path, string digest, int dim, CancellationToken cancel = default)
    {
        var file = new FeatureFile(path, digest, dim);
        if (!File.Exists(path)) return file;
        RegularFile.Info(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete,
            1 << 20);
        file.Scan(stream, cancel);
        return file;
    }

    /// <summary>Looks at a file of whatever encoder, header and every block.</summary>
    /// <returns>what is damaged; null: nothing. What a kill left at the end is no damage: the next writer cuts it
    /// off</returns>
    public static string? ProblemOf(string path, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        try
        {
            return OfItsOwn(path, cancel, report)?.Note;
        }
        catch (InputException e)
        {
            return e.Message;
        }
    }

    /// <summary>Keeps the blocks that are whole in a new file, which takes the place of the old one; a file without a
    /// header is deleted. What is gone is made again when features are asked for.</summary>
    /// <exception cref="InputException">another process writes it, or it cannot be written</exception>
    public static void Repair(string path, CancellationToken cancel = default)
    {
        using var held = new FeatureFile(path, "", 0).Hold(TimeSpan.FromSeconds(5), cancel);
        FeatureFile? file;
        try
        {
            file = OfItsOwn(path, cancel);
        }
        catch (InputException)
        {
            file = null;
        }
        if (file is null)
        {
            File.Delete(path);
            return;
        }
        AtomicFile.Create(path, to =>
        {
            using var from = new FileStream(path, FileMode.Open, FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete,
                1 << 20);
            to.Write(file.Header());
            var bytes = new byte[1 << 16];
            file._end = BlocksAt;
            for (; file.ReadWhole(from, from.Length, ref bytes, cancel) is var length and > 0; file._end += length)
                to.Write(bytes.AsSpan(0, length));
        });
    }

    // as its header says what it is; null: its making was stopped at once
    private static FeatureFile? OfItsOwn(string path, CancellationToken cancel, Action<TrainEvent>? report = null)
    {
        RegularFile.Info(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete,
            1 << 20);
        var header = new byte[BlocksAt];
        if (stream.ReadAtLeast(header, BlocksAt, throwOnEndOfStream: false) < BlocksAt) return null;
        var file = new FeatureFile(path, Convert.ToHexStringLower(header, 16, 32),
            BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8)));
        file.Scan(stream, cancel, report);
        return file;
    }

    /// <summary>The row of a file that was seen before; -1: none.</summary>
    public int RowOf(UInt128 stamp) => _byStamp.GetValueOrDefault(stamp, -1);

    /// <summary>The row of this content, whatever its name was; -1: none.</summary>
    public int RowOfContent(UInt128 content) => _byContent.GetValueOrDefault(content, -1);

    /// <summary>Takes the file for writing; what another process added meanwhile is read first.</summary>
    /// <param name="wait">for another process that writes</param>
    /// <param name="waiting">called once where it does</param>
    /// <exception cref="InputException">another process writes it, or the folder may not be written to</exception>
    public void BeginWriting(TimeSpan wait, CancellationToken cancel, Action? waiting = null)
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
            _lock = Hold(wait, cancel, waiting);
            _writer = new FileStream(Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, 1 << 20);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException(
                $"expected a folder for features that can be written, found {Path}: {e.Message}; name another one", e);
        }
        if (_writer.Length < BlocksAt)
        {
            _writer.SetLength(0);
            _writer.Write(Header());
            _writer.Flush();
            _end = BlocksAt;
        }
        else if (_writer.Length != _end)
        {
            Scan(_writer, cancel);
            _writer.SetLength(_end);                                             // what a kill left
        }
    }

    /// <summary>Appends rows and other names of rows; a kill after this call loses nothing of them.</summary>
    /// <param name="features">rows.Length × F</param>
    public void Append(ReadOnlySpan<FeatureKey> rows, ReadOnlySpan<Half> features, ReadOnlySpan<FeatureKey> others)
    {
        if (rows.Length + others.Length == 0) return;
        var keys = (rows.Length + others.Length) * KeyBytes;
        var bytes = new byte[Aligned(BlockHeader + keys + features.Length * sizeof(ushort))];
        BlockMagic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), rows.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), others.Length);
        for (var i = 0; i < rows.Length; i++) Write(rows[i], bytes.AsSpan(BlockHeader + i * KeyBytes));
        var after = BlockHeader + rows.Length * KeyBytes;
        for (var i = 0; i < others.Length; i++) Write(others[i], bytes.AsSpan(after + i * KeyBytes));
        MemoryMarshal.AsBytes(features).CopyTo(bytes.AsSpan(BlockHeader + keys));
        Sum(bytes).CopyTo(bytes, 16);
        _writer!.Position = _end;
        _writer.Write(bytes);
        _writer.Flush();
        Learn(bytes, _end);
        _end += bytes.Length;
    }

    /// <summary>Flushes to the disk and lets other processes write.</summary>
    public void EndWriting()
    {
        var (writer, held) = (_writer, _lock);
        (_writer, _lock) = (null, null);
        try
        {
            using (writer) writer?.Flush(flushToDisk: true);
        }
        finally
        {
            held?.Dispose();
        }
    }

    /// <summary>Some rows. They are read into memory, unless they need more than a quarter of it.</summary>
    /// <param name="rows">by the caller's numbers; -1: none</param>
    public FeatureRows Rows(int[] rows, IReadOnlyDictionary<int, string> problems)
    {
        var offsets = Array.ConvertAll(rows, r => r < 0 ? -1 : _offsets[r]);
        var most = Math.Max(PixelStore.ReadWhole, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);
        return new(_offsets.Count == 0 ? null : PixelStore.Open(Path, 0, _end, most), _digest, offsets, Dim, problems);
    }

    /// <summary>Ends the writing too, without a word: who wants to know whether all was written calls
    /// <see cref="EndWriting"/>.</summary>
    public void Dispose()
    {
        try { EndWriting(); }
        // the failure itself was thrown where it happened, and the next reader drops a block that is cut short
        catch (IOException) { }
    }

    // FileShare.Read keeps no second writer out on Linux; FileShare.None does
    private FileStream Hold(TimeSpan wait, CancellationToken cancel, Action? waiting = null)
    {
        var path = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, "features.lock");
        for (var until = DateTime.UtcNow + wait; ; cancel.WaitHandle.WaitOne(100))
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (AtomicFile.IsHeld(e))
            {
                if (DateTime.UtcNow < until)
                {
                    waiting?.Invoke();
                    waiting = null;
                    continue;
                }
                throw new InputException(
                    $"expected to write {Path} alone, found another process that does; wait for it", e);
            }
        }
    }
}
