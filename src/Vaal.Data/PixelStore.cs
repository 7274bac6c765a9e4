using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Vaal.Data;

/// <summary>A block of bytes of any length, in memory or in a mapped file, that outlives whoever reads it.</summary>
public sealed unsafe class PixelStore : IDisposable
{
    private readonly byte* _start;
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private bool _disposed;

    private PixelStore(byte* start, long length, MemoryMappedFile? file = null, MemoryMappedViewAccessor? view = null)
    {
        _start = start;
        (Length, _file, _view) = (length, file, view);
    }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>Memory outside the garbage collector's heap, filled with zeros.</summary>
    public static PixelStore Allocate(long length) =>
        new((byte*)NativeMemory.AllocZeroed((nuint)Math.Max(length, 1)), length);

    public static PixelStore Copy(ReadOnlySpan<byte> bytes)
    {
        var store = Allocate(bytes.Length);
        bytes.CopyTo(new Span<byte>(store._start, bytes.Length));
        return store;
    }

    /// <summary>Part of a file, read on demand and never written.</summary>
    public static PixelStore Map(string path, long offset, long length)
    {
        var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        try
        {
            var view = file.CreateViewAccessor(offset, length, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            return new PixelStore(start + view.PointerOffset, length, file, view);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Bytes [<paramref name="offset"/>, <paramref name="offset"/> + <paramref name="length"/>).</summary>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, Length);
        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    /// <summary>The same bytes to write to; only for memory that this process allocated.</summary>
    internal Span<byte> Writable(long offset, int length)
    {
        if (_view is not null) throw new InvalidOperationException("a mapped file is read-only");
        _ = Slice(offset, length);
        return new Span<byte>(_start + offset, length);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (_view is null)
        {
            NativeMemory.Free(_start);
            return;
        }
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file!.Dispose();
    }
}
