using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vaal.Data;

/// <summary>
/// A block of bytes of any length, in memory or in an open file, that outlives whoever reads it. No file is mapped into
/// memory: a mapped file that another program cuts short would end this process.
/// </summary>
internal sealed unsafe class PixelStore : IDisposable
{
    /// <summary>Files of pixels up to so many bytes are read into memory at once. In longer ones each image is read
    /// when it is asked for, mostly from the memory in which the system keeps files.</summary>
    public const long ReadWhole = 256L << 20;

    private readonly Bytes _bytes;
    private readonly long _offset;
    private bool _disposed;

    private PixelStore(Bytes bytes, long offset, long length) => (_bytes, _offset, Length) = (bytes, offset, length);

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>Memory outside the garbage collector's heap, filled with zeros.</summary>
    public static PixelStore Allocate(long length) =>
        new(new((byte*)NativeMemory.AllocZeroed((nuint)Math.Max(length, 1)), isOfAFile: false), 0, length);

    public static PixelStore Copy(ReadOnlySpan<byte> bytes)
    {
        var store = Allocate(bytes.Length);
        bytes.CopyTo(new Span<byte>(store._bytes.Start, bytes.Length));
        return store;
    }

    /// <summary>Part of a file that is never written: read at once where it is small, else on demand. Another file that
    /// takes its name changes nothing.</summary>
    /// <param name="most">bytes that are read at once</param>
    /// <exception cref="InvalidDataException">the file is shorter</exception>
    public static PixelStore Open(string path, long offset, long length, long most = ReadWhole)
    {
        RegularFile.Info(path);
        const FileShare share = FileShare.ReadWrite | FileShare.Delete; // a lock would stop our own writers only
        return Open(new FileStream(path, FileMode.Open, FileAccess.Read, share, 0), offset, length, most);
    }

    /// <inheritdoc cref="Open(string, long, long, long)"/>
    /// <param name="file">belongs to the store from now on</param>
    public static PixelStore Open(FileStream file, long offset, long length, long most = ReadWhole)
    {
        var store = new PixelStore(new(file), offset, length);
        try
        {
            if (file.Length < offset + length)
                throw new InvalidDataException(
                    $"expected {offset + length:N0} bytes in {file.Name}, found {file.Length:N0}; it was cut short");
            if (length > most) return store;
            using (store) return store.InMemory();
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Some of the same bytes, to be disposed on its own; the file is not opened again.</summary>
    public PixelStore Part(long offset, long length)
    {
        Check(offset, length);
        _bytes.Keep();
        return new(_bytes, _offset + offset, length);
    }

    /// <summary>Bytes [<paramref name="offset"/>, <paramref name="offset"/> + <paramref name="length"/>): the ones in
    /// memory, or a new copy of those in a file.</summary>
    /// <exception cref="InputException">the file was cut short meanwhile</exception>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        Check(offset, length);
        if (_bytes.Start is not null) return new ReadOnlySpan<byte>(_bytes.Start + _offset + offset, length);
        var copy = GC.AllocateUninitializedArray<byte>(length);
        _bytes.Read(_offset + offset, copy);
        return copy;
    }

    /// <summary>Copies the bytes from <paramref name="offset"/> on, as many as <paramref name="into"/> takes.</summary>
    /// <exception cref="InputException">the file was cut short meanwhile</exception>
    public void CopyTo(long offset, Span<byte> into)
    {
        Check(offset, into.Length);
        if (_bytes.Start is null) _bytes.Read(_offset + offset, into);
        else new ReadOnlySpan<byte>(_bytes.Start + _offset + offset, into.Length).CopyTo(into);
    }

    /// <summary>The same bytes to write to; only for memory that this process allocated.</summary>
    internal Span<byte> Writable(long offset, int length)
    {
        Check(offset, length);
        if (_bytes.IsOfAFile) throw new InvalidOperationException("what a file holds is read-only");
        return new Span<byte>(_bytes.Start + _offset + offset, length);
    }

    public void Dispose()
    {
        if (!_disposed) _bytes.Release();
        _disposed = true;
    }

    private void Check(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, Length);
    }

    private PixelStore InMemory()
    {
        var memory = new Bytes((byte*)NativeMemory.Alloc((nuint)Math.Max(Length, 1)), isOfAFile: true);
        var store = new PixelStore(memory, 0, Length);
        try
        {
            const int most = 1 << 24;
            for (long at = 0; at < Length; at += most)
                CopyTo(at, new Span<byte>(memory.Start + at, (int)Math.Min(most, Length - at)));
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Memory or an open file, that several stores share: the last one frees it.</summary>
    private sealed class Bytes(byte* start, FileStream? file, bool isOfAFile)
    {
        private readonly SafeFileHandle? _handle = file?.SafeFileHandle;
        private int _users = 1;

        public Bytes(byte* start, bool isOfAFile) : this(start, null, isOfAFile) { }

        public Bytes(FileStream file) : this(null, file, true) { }

        /// <summary>Null: they are in the file.</summary>
        public byte* Start => start;

        /// <summary>Nobody may write to them.</summary>
        public bool IsOfAFile => isOfAFile;

        public void Keep() => Interlocked.Increment(ref _users);

        public void Release()
        {
            if (Interlocked.Decrement(ref _users) > 0) return;
            if (file is null) NativeMemory.Free(start);
            else file.Dispose();
        }

        public void Read(long offset, Span<byte> into)
        {
            while (into.Length > 0)
            {
                var count = RandomAccess.Read(_handle!, into, offset);
                if (count == 0)
                    throw new InputException(
                        $"expected {into.Length:N0} more bytes in {file!.Name}, found its end; another program cut it "
                        + "short; give the same command again");
                into = into[count..];
                offset += count;
            }
        }
    }
}
